import { type DescMessage, fromBinary, type Message } from '@bufbuild/protobuf';
import { closureDecoder } from './closure-decoder.ts';
import { compileDecoder } from './compile-decoder.ts';
import { plainMessage } from './plain-fields.ts';

/** Reads one message of Protobuf's binary format, from `start` to the end. @throws Error for bytes that are no such message */
export type Decoder = (bytes: Uint8Array, start: number) => Message;

const decoders = new WeakMap<DescMessage, Decoder>();

/**
 * A decoder for the messages of one type: what `fromBinary` gives, for requests of texts, small numbers and flags at a
 * fraction of its price, read by code that is made for the type. Everything else is left to it: fields of other kinds,
 * large numbers, what is unknown, and what is wrong. It is made at the first message.
 */
export function createDecoder(desc: DescMessage): Decoder {
  let decode: Decoder = (bytes, start) => {
    decode = decoders.get(desc) ?? makeDecoder(desc);
    decoders.set(desc, decode);
    return decode(bytes, start);
  };
  return (bytes, start) => decode(bytes, start);
}

/** @param compile - makes code; where none may be made, one function reads all types, slower */
export function makeDecoder(desc: DescMessage, compile = compileDecoder): Decoder {
  const otherwise: Decoder = (bytes, start) => fromBinary(desc, start === 0 ? bytes : bytes.subarray(start));
  const plain = plainMessage(desc);
  if (plain === undefined) {
    return otherwise;
  }
  const compiled = compile(plain, otherwise);
  if (compiled !== undefined) {
    return compiled;
  }
  const read = closureDecoder(plain);
  return (bytes, start) =>
    (Buffer.isBuffer(bytes) ? read(bytes, start) : undefined) ?? otherwise(bytes, start);
}
