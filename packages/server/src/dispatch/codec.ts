import { isUtf8 } from 'node:buffer';
import {
  type DescMessage,
  type DescMethod,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { createDecoder, createEncoder } from '../wire/index.ts';

/** How messages of one method are written. */
export interface Codec {
  /**
   * @param start - where the message begins, which ends with the bytes
   * @throws CallFailure INVALID_ARGUMENT for bytes that are no such message
   */
  decode(bytes: Uint8Array, start: number): Message;
  /** The message behind `reserve` bytes that are free to be set. */
  encode(message: Message, reserve: number): Uint8Array;
}

/** How JSON is read and written. */
export interface JsonOptions {
  readonly registry: Registry | undefined;
  readonly ignoreUnknownFields: boolean;
}

/** Protobuf's binary format. */
export function binaryCodec({ input, output }: DescMethod): Codec {
  // Fields of bytes are views of what they were read from: a handler that keeps one would keep all that came with it.
  // (A slice of a Buffer is a view, too.)
  const own = hasBytes(input, new Set());
  const read = createDecoder(input);
  return {
    decode: (bytes, start) => {
      try {
        return own ? read(new Uint8Array(bytes.subarray(start)), 0) : read(bytes, start);
      } catch (reason) {
        throw undecodable(input, 'binary', reason);
      }
    },
    encode: createEncoder(output),
  };
}

/** Protobuf's JSON. */
export function jsonCodec({ input, output }: DescMethod, options: JsonOptions): Codec {
  const { ignoreUnknownFields } = options;
  const registry = options.registry === undefined ? {} : { registry: options.registry };
  const reading = { ...registry, ignoreUnknownFields };
  return {
    decode: (body, start) => {
      const bytes = body.subarray(start);
      // What is no text would become other text than was sent, and so would ids.
      if (!isUtf8(bytes)) {
        throw undecodable(input, 'JSON', 'not valid UTF-8');
      }
      try {
        return fromJson(input, JSON.parse(textOf(bytes)) as JsonValue, reading);
      } catch (reason) {
        throw undecodable(input, 'JSON', reason);
      }
    },
    encode: (message, reserve) => {
      const text = JSON.stringify(toJson(output, message, registry));
      const bytes = Buffer.allocUnsafe(reserve + Buffer.byteLength(text));
      bytes.write(text, reserve);
      return bytes;
    },
  };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function undecodable(desc: DescMessage, format: string, reason: unknown): Error {
  const why = reason instanceof Error ? reason.message : String(reason);
  return runtimeFailure('INVALID_ARGUMENT', `the request is no ${desc.typeName} in ${format}: ${why}`);
}

function hasBytes(desc: DescMessage, seen: Set<DescMessage>): boolean {
  if (seen.has(desc)) {
    return false;
  }
  seen.add(desc);
  return desc.fields.some((field) => {
    const isBytes =
      (field.fieldKind === 'scalar' && field.scalar === BYTES) ||
      (field.fieldKind === 'list' && field.listKind === 'scalar' && field.scalar === BYTES) ||
      (field.fieldKind === 'map' && field.mapKind === 'scalar' && field.scalar === BYTES);
    return isBytes || (field.message !== undefined && hasBytes(field.message, seen));
  });
}

/** `ScalarType.BYTES` */
const BYTES = 12;
