import { type DescField, type DescMessage, type Message, ScalarType, toBinary } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { WireOutput } from './output.ts';
import { isDefault, NotPlain, scalarWriter, wireType } from './scalar-writers.ts';

/** A message in Protobuf's binary format, behind `reserve` bytes that are free to be set. */
export type Encoder = (message: Message, reserve: number) => Uint8Array;

type WriteFields = (out: WireOutput, message: Record<string, unknown>) => void;

/** Bytes with a length before them. */
const LENGTH_DELIMITED = 2;

const out = new WireOutput();

/**
 * An encoder for the messages of one type: the same bytes as those of `toBinary`, with no more than one buffer for each
 * message. What is rare (groups, wrapped and required fields, values of other types than the field's) is left to `toBinary`.
 */
export function createEncoder(desc: DescMessage): Encoder {
  const write = isPlain(desc, new Set()) ? compile(desc, new Map()) : undefined;
  if (write === undefined) {
    return (message, reserve) => behind(reserve, toBinary(desc, message));
  }
  return (message, reserve) => {
    if (message.$typeName !== desc.typeName) {
      return behind(reserve, toBinary(desc, message));
    }
    try {
      write(out, message as unknown as Record<string, unknown>);
      return out.take(reserve);
    } catch (reason) {
      out.reset();
      if (reason instanceof NotPlain) {
        // It converts what can be converted, and says what is wrong with the rest.
        return behind(reserve, toBinary(desc, message));
      }
      throw reason;
    }
  };
}

function behind(reserve: number, bytes: Uint8Array): Uint8Array {
  if (reserve === 0) {
    return bytes;
  }
  const whole = Buffer.allocUnsafe(reserve + bytes.length);
  whole.set(bytes, reserve);
  return whole;
}

/** Whether messages are stored the way they are written, all the way down. */
function isPlain(desc: DescMessage, seen: Set<DescMessage>): boolean {
  if (seen.has(desc)) {
    return true;
  }
  seen.add(desc);
  return desc.fields.every((field) => {
    if (
      field.presence === Presence.LEGACY_REQUIRED ||
      ('delimitedEncoding' in field && field.delimitedEncoding)
    ) {
      return false;
    }
    return field.message === undefined || (!isConverted(field.message) && isPlain(field.message, seen));
  });
}

/** Messages that protobuf-es keeps in another form where they are fields. */
function isConverted({ typeName }: DescMessage): boolean {
  return typeName === 'google.protobuf.Struct' || /^google\.protobuf\.\w+Value$/.test(typeName);
}

function compile(desc: DescMessage, known: Map<DescMessage, WriteFields>): WriteFields {
  const before = known.get(desc);
  if (before !== undefined) {
    return before;
  }
  const writers: WriteFields[] = [];
  const write: WriteFields = (output, message) => {
    for (let index = 0; index < writers.length; index++) {
      (writers[index] as WriteFields)(output, message);
    }
    const unknown = message.$unknown as Message['$unknown'];
    if (unknown !== undefined) {
      for (const { no, wireType: type, data } of unknown) {
        output.uint32(((no << 3) | type) >>> 0);
        output.raw(data);
      }
    }
  };
  // A message may contain itself.
  known.set(desc, write);
  for (const field of desc.fields.toSorted((a, b) => a.number - b.number)) {
    writers.push(fieldWriter(field, known));
  }
  return write;
}

function fieldWriter(field: DescField, known: Map<DescMessage, WriteFields>): WriteFields {
  const { localName: name, oneof } = field;
  if (field.fieldKind === 'list') {
    return listWriter(field, known);
  }
  if (field.fieldKind === 'map') {
    return mapWriter(field, known);
  }
  const write = valueWriter(field.number, field.message ?? field.scalar ?? ScalarType.INT32, known);
  if (oneof !== undefined) {
    return (output, message) => {
      const group = message[oneof.localName] as { case: string | undefined; value?: unknown };
      if (group.case === name) {
        write(output, group.value);
      }
    };
  }
  if (field.message !== undefined) {
    return (output, message) => {
      const value = message[name];
      if (value !== undefined) {
        write(output, value);
      }
    };
  }
  if (field.presence !== Presence.IMPLICIT) {
    return (output, message) => {
      const value = message[name];
      // Defaults are on the prototype.
      if (value !== undefined && Object.hasOwn(message, name)) {
        write(output, value);
      }
    };
  }
  const zero = field.fieldKind === 'enum' ? field.enum.values[0]?.number : undefined;
  const skip =
    field.fieldKind === 'enum'
      ? (value: unknown) => value === zero
      : isDefault(field.scalar ?? ScalarType.INT32);
  return (output, message) => {
    const value = message[name];
    if (!skip(value)) {
      write(output, value);
    }
  };
}

type Field<K> = Extract<DescField, { fieldKind: K }>;

function listWriter(field: Field<'list'>, known: Map<DescMessage, WriteFields>): WriteFields {
  const { localName: name, number } = field;
  if (field.listKind !== 'message' && field.packed) {
    const tag = tagOf(number, LENGTH_DELIMITED);
    const write = scalarWriter(field.scalar ?? ScalarType.INT32);
    return (output, message) => {
      const items = message[name] as unknown[];
      if (items.length > 0) {
        output.uint32(tag);
        const start = output.begin();
        for (let index = 0; index < items.length; index++) {
          write(output, items[index]);
        }
        output.end(start);
      }
    };
  }
  const write = valueWriter(number, field.message ?? field.scalar ?? ScalarType.INT32, known);
  return (output, message) => {
    const items = message[name] as unknown[];
    for (let index = 0; index < items.length; index++) {
      write(output, items[index]);
    }
  };
}

function mapWriter(field: Field<'map'>, known: Map<DescMessage, WriteFields>): WriteFields {
  const { localName: name, number, mapKey } = field;
  const tag = tagOf(number, LENGTH_DELIMITED);
  const writeKey = valueWriter(1, mapKey, known);
  const keyOf = mapKeyOf(mapKey);
  const writeValue = valueWriter(2, field.message ?? field.scalar ?? ScalarType.INT32, known);
  return (output, message) => {
    const entries = message[name] as Record<string, unknown>;
    for (const key of Object.keys(entries)) {
      output.uint32(tag);
      const start = output.begin();
      writeKey(output, keyOf(key));
      writeValue(output, entries[key]);
      output.end(start);
    }
  };
}

/** Keys of objects are strings, whatever the contract says. */
function mapKeyOf(type: ScalarType): (key: string) => unknown {
  switch (type) {
    case ScalarType.STRING:
      return (key) => key;
    case ScalarType.BOOL:
      return (key) => (key === 'true' ? true : key === 'false' ? false : key);
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return (key) => (/^-?\d+$/.test(key) ? BigInt(key) : key);
    default:
      return (key) => (/^-?\d+$/.test(key) ? Number(key) : key);
  }
}

function valueWriter(
  number: number,
  type: DescMessage | ScalarType,
  known: Map<DescMessage, WriteFields>,
): (output: WireOutput, value: unknown) => void {
  if (typeof type === 'number') {
    const tag = tagOf(number, wireType(type));
    const write = scalarWriter(type);
    return (output, value) => {
      output.uint32(tag);
      write(output, value);
    };
  }
  const tag = tagOf(number, LENGTH_DELIMITED);
  const write = compile(type, known);
  const { typeName } = type;
  return (output, value) => {
    const message = value as Record<string, unknown>;
    if (message.$typeName !== typeName) {
      throw new NotPlain(`expected ${typeName}`);
    }
    output.uint32(tag);
    const start = output.begin();
    write(output, message);
    output.end(start);
  };
}

function tagOf(number: number, type: number): number {
  return ((number << 3) | type) >>> 0;
}
