import type { Message } from '@bufbuild/protobuf';
import type { PlainField, PlainMessage } from './plain-fields.ts';
import { textAt } from './text.ts';
import { varintAt, varintSize } from './varint.ts';

/** Reads a message from `start` to the end of the bytes; undefined for what has anything but plain fields in it. */
export function closureDecoder({
  empty,
  fields,
}: PlainMessage): (bytes: Buffer, start: number) => Message | undefined {
  const byTag: (PlainField | undefined)[] = new Array(256).fill(undefined);
  for (const field of fields) {
    byTag[field.tag] = field;
  }
  return (bytes, start) => {
    const message = { ...empty };
    return read(bytes, start, byTag, message) ? (message as unknown as Message) : undefined;
  };
}

function read(
  bytes: Buffer,
  start: number,
  byTag: readonly (PlainField | undefined)[],
  message: Record<string, unknown>,
): boolean {
  const end = bytes.length;
  let at = start;
  while (at < end) {
    const field = byTag[bytes[at++] as number];
    const value = varintAt(bytes, at, end);
    if (field === undefined || value < 0) {
      return false;
    }
    at += varintSize(value);
    if (field.kind === 'number') {
      message[field.name] = value;
    } else if (field.kind === 'flag') {
      message[field.name] = value !== 0;
    } else if (field.kind === 'big') {
      message[field.name] = BigInt(value);
    } else {
      const from = at;
      at += value;
      const text = at > end ? undefined : textAt(bytes, from, at);
      if (text === undefined) {
        return false;
      }
      message[field.name] = text;
    }
  }
  return true;
}
