import { type DescMessage, type Message, toBinary } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { closureEncoder } from './closure-encoder.ts';
import { compileEncoder } from './compile-encoder.ts';
import { WireOutput } from './output.ts';
import { NotPlain } from './scalar-writers.ts';

/** A message in Protobuf's binary format, behind `reserve` bytes that are free to be set. */
export type Encoder = (message: Message, reserve: number) => Uint8Array;

const out = new WireOutput();

const encoders = new WeakMap<DescMessage, Encoder>();

/**
 * An encoder for the messages of one type: the same bytes as those of `toBinary`, written by code that is made for the
 * type, without a buffer for each message. What is rare (groups, wrapped and required fields, values of other types than
 * the field's) is left to `toBinary`. It is made at the first message: a server has many more types than most of its
 * callers need.
 */
export function createEncoder(desc: DescMessage): Encoder {
  let encode: Encoder = (message, reserve) => {
    encode = encoders.get(desc) ?? makeEncoder(desc);
    encoders.set(desc, encode);
    return encode(message, reserve);
  };
  return (message, reserve) => encode(message, reserve);
}

/** @param compile - makes code; where none may be made, functions for each field do the same, slower */
export function makeEncoder(desc: DescMessage, compile = compileEncoder): Encoder {
  const otherwise: Encoder = (message, reserve) => behind(reserve, toBinary(desc, message));
  if (!isPlain(desc, new Set())) {
    return otherwise;
  }
  const compiled = compile(desc, out, otherwise);
  if (compiled !== undefined) {
    return compiled;
  }
  const write = closureEncoder(desc);
  return (message, reserve) => {
    if (message.$typeName !== desc.typeName || out.isBusy) {
      return otherwise(message, reserve);
    }
    try {
      return out.take(write(out, out.start(reserve), message as unknown as Record<string, unknown>));
    } catch (reason) {
      out.drop();
      if (reason instanceof NotPlain) {
        // It converts what can be converted, and says what is wrong with the rest.
        return otherwise(message, reserve);
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
