import { ScalarType } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { ValueError } from './problem.ts';

/** Reads a value of JSON as a message stores it. @throws ValueError */
export type ReadScalar = (json: unknown) => unknown;

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?\d{1,20}$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const MAX_FLOAT = 3.4028235677973366e38;

/** @param longAsString - whether the message stores 64-bit integers as strings */
export function scalarReader(type: ScalarType, longAsString = false): ReadScalar {
  switch (type) {
    case ScalarType.STRING:
      return readString;
    case ScalarType.BOOL:
      return readBool;
    case ScalarType.BYTES:
      return readBytes;
    case ScalarType.DOUBLE:
      return (json) => readFloat(json, Number.MAX_VALUE);
    case ScalarType.FLOAT:
      return (json) => readFloat(json, MAX_FLOAT);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return (json) => readInteger(json, -(2 ** 31), 2 ** 31 - 1);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return (json) => readInteger(json, 0, 2 ** 32 - 1);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return longReader(-(2n ** 63n), 2n ** 63n - 1n, longAsString);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return longReader(0n, 2n ** 64n - 1n, longAsString);
  }
}

/** The same for a text of a URL, in which there are no types. */
export function textReader(type: ScalarType, longAsString = false): (text: string) => unknown {
  if (type === ScalarType.BOOL) {
    return (text) => readBool(text === 'true' ? true : text === 'false' ? false : text);
  }
  if (type === ScalarType.BYTES) {
    // In a query a plus sign is a space, and standard Base64 is full of them.
    return (text) => readBytes(text.replaceAll(' ', '+'));
  }
  return scalarReader(type, longAsString);
}

function readString(json: unknown): string {
  if (typeof json !== 'string') {
    throw new ValueError('a string');
  }
  if (!json.isWellFormed()) {
    throw new ValueError('text without lone surrogates');
  }
  return json;
}

function readBool(json: unknown): boolean {
  if (typeof json !== 'boolean') {
    throw new ValueError('true or false');
  }
  return json;
}

function readBytes(json: unknown): Uint8Array {
  const sound = typeof json === 'string' && BASE64.test(json) && json.replace(/=+$/, '').length % 4 !== 1;
  if (!sound) {
    throw new ValueError('bytes in Base64');
  }
  return base64Decode(json);
}

function readFloat(json: unknown, max: number): number {
  if (json === 'NaN') {
    return Number.NaN;
  }
  if (json === 'Infinity') {
    return Number.POSITIVE_INFINITY;
  }
  if (json === '-Infinity') {
    return Number.NEGATIVE_INFINITY;
  }
  const value = numberOf(json);
  if (value === undefined || !(Math.abs(value) <= max)) {
    throw new ValueError(`a number${max === MAX_FLOAT ? ' of 32-bit range' : ''}`);
  }
  return value;
}

function readInteger(json: unknown, min: number, max: number): number {
  const value = numberOf(json);
  if (value === undefined || !Number.isInteger(value) || value < min || value > max) {
    throw new ValueError(`an integer from ${min} to ${max}`);
  }
  // No negative zero.
  return value + 0;
}

function longReader(min: bigint, max: bigint, longAsString: boolean): ReadScalar {
  return (json) => {
    const value = longOf(json);
    if (value === undefined || value < min || value > max) {
      throw new ValueError(`an integer from ${min} to ${max}, as text beyond 9007199254740991`);
    }
    return longAsString ? String(value) : value;
  };
}

function longOf(json: unknown): bigint | undefined {
  if (typeof json === 'string' && INTEGER.test(json)) {
    return BigInt(json);
  }
  // A larger number has lost digits already.
  const value = numberOf(json);
  return value !== undefined && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function numberOf(json: unknown): number | undefined {
  if (typeof json === 'string') {
    return NUMBER.test(json) ? Number(json) : undefined;
  }
  return typeof json === 'number' ? json : undefined;
}
