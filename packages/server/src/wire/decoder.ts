import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { wireType } from './scalar-writers.ts';

/** Reads one message of Protobuf's binary format, from `start` to the end. @throws Error for bytes that are no such message */
export type Decoder = (bytes: Uint8Array, start: number) => Message;

type Fields = Record<string, unknown>;

/** A field that is read here. */
interface PlainField {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'flag';
}

/** A byte from which on a varint has another one. */
const MORE = 0x80;

/**
 * A decoder for the messages of one type: what `fromBinary` gives, for short requests of texts, numbers and flags at a
 * third of its price. Everything else is left to it: fields of other kinds, long texts, texts beyond ASCII, what is
 * unknown, and what is wrong.
 */
export function createDecoder(desc: DescMessage): Decoder {
  const empty = create(desc) as unknown as Fields;
  if (!isPlain(empty)) {
    return (bytes, start) => fromBinary(desc, after(bytes, start));
  }
  const byTag: (PlainField | undefined)[] = new Array(MORE).fill(undefined);
  for (const field of desc.fields) {
    const plain = plainField(field);
    const tag = plain === undefined ? MORE : (field.number << 3) | wireType(field.scalar ?? ScalarType.INT32);
    if (tag < MORE) {
      byTag[tag] = plain;
    }
  }
  return (bytes, start) => {
    const message = { ...empty };
    return Buffer.isBuffer(bytes) && readPlain(bytes, start, byTag, message)
      ? (message as unknown as Message)
      : fromBinary(desc, after(bytes, start));
  };
}

function after(bytes: Uint8Array, start: number): Uint8Array {
  return start === 0 ? bytes : bytes.subarray(start);
}

/** Whether a message can be copied by its properties alone. */
function isPlain(message: Fields): boolean {
  return (
    Object.getPrototypeOf(message) === Object.prototype &&
    Object.values(message).every((value) => typeof value !== 'object')
  );
}

function plainField({
  fieldKind,
  localName: name,
  oneof,
  presence,
  scalar,
}: DescField): PlainField | undefined {
  if (fieldKind !== 'scalar' || oneof !== undefined || presence !== Presence.IMPLICIT) {
    return undefined;
  }
  switch (scalar) {
    case ScalarType.STRING:
      return { name, kind: 'text' };
    case ScalarType.INT32:
    case ScalarType.UINT32:
      return { name, kind: 'number' };
    case ScalarType.BOOL:
      return { name, kind: 'flag' };
    default:
      return undefined;
  }
}

/** Reads a message of nothing but plain fields and small values. Says no where there is anything else. */
function readPlain(
  bytes: Buffer,
  from: number,
  byTag: readonly (PlainField | undefined)[],
  message: Fields,
): boolean {
  const end = bytes.length;
  let at = from;
  while (at < end) {
    const field = byTag[bytes[at] as number];
    let value = bytes[at + 1] ?? MORE;
    at += 2;
    if (field === undefined) {
      return false;
    }
    if (field.kind !== 'text') {
      if (value >= MORE) {
        return false;
      }
      message[field.name] = field.kind === 'number' ? value : value !== 0;
      continue;
    }
    if (value >= MORE) {
      const high = bytes[at++] ?? MORE;
      if (high >= MORE) {
        return false;
      }
      value = (value - MORE) | (high << 7);
    }
    const start = at;
    at += value;
    if (at > end || !isAscii(bytes, start, at)) {
      return false;
    }
    message[field.name] = bytes.toString('latin1', start, at);
  }
  return true;
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  let bits = 0;
  for (let at = start; at < end; at++) {
    bits |= bytes[at] as number;
  }
  return bits < MORE;
}
