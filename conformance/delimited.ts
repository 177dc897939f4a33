import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { fromBinary, toBinary } from '@bufbuild/protobuf';

const LENGTH_BYTES = 4;

/**
 * Reads one message with its length (four bytes, big-endian) before it. What follows it is left alone.
 *
 * @throws Error when the input ends before the message does
 */
export async function readDelimited<Desc extends DescMessage>(
  desc: Desc,
  input: AsyncIterable<Uint8Array>,
): Promise<MessageShape<Desc>> {
  let read = Buffer.alloc(0);
  for await (const chunk of input) {
    read = Buffer.concat([read, chunk]);
    const end = read.length < LENGTH_BYTES ? undefined : LENGTH_BYTES + read.readUInt32BE(0);
    if (end !== undefined && read.length >= end) {
      return fromBinary(desc, read.subarray(LENGTH_BYTES, end));
    }
  }
  throw new Error(`The input ended after ${read.length} bytes; expected a ${desc.typeName} and its length`);
}

/** A message with its length before it. */
export function delimited<Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>): Uint8Array {
  const body = toBinary(desc, message);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}
