import { ScalarType } from '@bufbuild/protobuf';
import type { WireOutput } from './output.ts';

/** Writes one value, without its tag. @throws NotPlain for a value of another type */
export type ScalarWriter = (out: WireOutput, value: unknown) => void;

/** A value is not what its field holds by right; whoever is more patient may find out. */
export class NotPlain extends Error {}

const notPlain = new NotPlain('a value is not of the type of its field');

const FLOAT_MAX = 3.4028234663852886e38;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

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
  if (typeof value !== 'bigint' || value < INT64_MIN || value > INT64_MAX) {
    throw notPlain;
  }
  return value;
}

function uint64(value: unknown): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > UINT64_MAX) {
    throw notPlain;
  }
  return value;
}

const writers: Readonly<Record<ScalarType, ScalarWriter>> = {
  [ScalarType.DOUBLE]: (out, value) => {
    if (typeof value !== 'number') {
      throw notPlain;
    }
    out.double(value);
  },
  [ScalarType.FLOAT]: (out, value) => {
    if (typeof value !== 'number' || (Number.isFinite(value) && Math.abs(value) > FLOAT_MAX)) {
      throw notPlain;
    }
    out.float(value);
  },
  [ScalarType.INT32]: (out, value) => out.int32(int32(value)),
  [ScalarType.UINT32]: (out, value) => out.uint32(uint32(value)),
  [ScalarType.SINT32]: (out, value) => out.sint32(int32(value)),
  [ScalarType.FIXED32]: (out, value) => out.fixed32(uint32(value)),
  [ScalarType.SFIXED32]: (out, value) => out.fixed32(int32(value)),
  [ScalarType.INT64]: (out, value) => out.varint64(int64(value)),
  [ScalarType.UINT64]: (out, value) => out.varint64(uint64(value)),
  [ScalarType.SINT64]: (out, value) => out.sint64(int64(value)),
  [ScalarType.FIXED64]: (out, value) => out.fixed64(uint64(value)),
  [ScalarType.SFIXED64]: (out, value) => out.fixed64(int64(value)),
  [ScalarType.BOOL]: (out, value) => {
    if (typeof value !== 'boolean') {
      throw notPlain;
    }
    out.uint32(value ? 1 : 0);
  },
  [ScalarType.STRING]: (out, value) => {
    if (typeof value !== 'string') {
      throw notPlain;
    }
    out.string(value);
  },
  [ScalarType.BYTES]: (out, value) => {
    if (!(value instanceof Uint8Array)) {
      throw notPlain;
    }
    out.bytes(value);
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
