import { ScalarType } from '@bufbuild/protobuf';
import type { WireOutput } from './output.ts';

/** Writes one value, without its tag, and gives back where it ends. @throws NotPlain for a value of another type */
export type ScalarWriter = (out: WireOutput, at: number, value: unknown) => number;

/** A value is not what its field holds by right; whoever is more patient may find out. */
export class NotPlain extends Error {}

/** The one that is thrown. */
export const notPlain = new NotPlain('a value is not of the type of its field');

const FLOAT_MAX = 3.4028234663852886e38;

function int32(value: unknown): number {
  if (typeof value !== 'number' || (value | 0) !== value) {
    throw notPlain;
  }
  return value;
}

function uint32(value: unknown): number {
  if (typeof value !== 'number' || value >>> 0 !== value) {
    throw notPlain;
  }
  return value;
}

function int64(value: unknown): bigint {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) {
    throw notPlain;
  }
  return value;
}

function uint64(value: unknown): bigint {
  if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) {
    throw notPlain;
  }
  return value;
}

const writers: Readonly<Record<ScalarType, ScalarWriter>> = {
  [ScalarType.DOUBLE]: (out, at, value) => {
    if (typeof value !== 'number') {
      throw notPlain;
    }
    return out.double(at, value);
  },
  [ScalarType.FLOAT]: (out, at, value) => {
    if (typeof value !== 'number' || (Number.isFinite(value) && Math.abs(value) > FLOAT_MAX)) {
      throw notPlain;
    }
    return out.float(at, value);
  },
  [ScalarType.INT32]: (out, at, value) => out.int32(at, int32(value)),
  [ScalarType.UINT32]: (out, at, value) => out.uint32(at, uint32(value)),
  [ScalarType.SINT32]: (out, at, value) => out.sint32(at, int32(value)),
  [ScalarType.FIXED32]: (out, at, value) => out.fixed32(at, uint32(value)),
  [ScalarType.SFIXED32]: (out, at, value) => out.fixed32(at, int32(value)),
  [ScalarType.INT64]: (out, at, value) => out.varint64(at, int64(value)),
  [ScalarType.UINT64]: (out, at, value) => out.varint64(at, uint64(value)),
  [ScalarType.SINT64]: (out, at, value) => out.sint64(at, int64(value)),
  [ScalarType.FIXED64]: (out, at, value) => out.fixed64(at, uint64(value)),
  [ScalarType.SFIXED64]: (out, at, value) => out.fixed64(at, int64(value)),
  [ScalarType.BOOL]: (out, at, value) => {
    if (typeof value !== 'boolean') {
      throw notPlain;
    }
    return out.bool(at, value);
  },
  [ScalarType.STRING]: (out, at, value) => {
    if (typeof value !== 'string') {
      throw notPlain;
    }
    return out.string(at, value);
  },
  [ScalarType.BYTES]: (out, at, value) => {
    if (!(value instanceof Uint8Array)) {
      throw notPlain;
    }
    return out.binary(at, value);
  },
};

/** The writer of a type. */
export function scalarWriter(type: ScalarType): ScalarWriter {
  return writers[type];
}

/** The wire type of a scalar. */
export function wireType(type: ScalarType): number {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return 2;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 1;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return 5;
    default:
      return 0;
  }
}

/** A field's tag, given its number and its wire type. */
export function tagOf(number: number, type: number): number {
  return ((number << 3) | type) >>> 0;
}

/** The wire type of what has its length before it. */
export const LENGTH_DELIMITED = 2;

/** Keys of objects are strings, whatever the contract says. */
export function mapKeyOf(type: ScalarType): (key: string) => unknown {
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

/** Whether a value of a field without presence is its default, and not written. */
export function isDefault(type: ScalarType): (value: unknown) => boolean {
  switch (type) {
    case ScalarType.BYTES:
      return (value) => value instanceof Uint8Array && value.length === 0;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      // Minus zero is not the default.
      return (value) => Object.is(value, 0);
    case ScalarType.STRING:
      return (value) => value === '';
    case ScalarType.BOOL:
      return (value) => value === false;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return (value) => value === 0n;
    default:
      return (value) => value === 0;
  }
}
