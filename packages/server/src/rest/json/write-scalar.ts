import { ScalarType } from '@bufbuild/protobuf';
import { base64Encode } from '@bufbuild/protobuf/wire';

/** Writes a value as JSON text. */
export type WriteJson = (value: unknown) => string;

/** Writes scalars. */
export function scalarWriter(type: ScalarType): WriteJson {
  switch (type) {
    case ScalarType.STRING:
      return (text) => quote(text as string);
    case ScalarType.BYTES:
      return (bytes) => `"${base64Encode(bytes as Uint8Array)}"`;
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return (number) =>
        Number.isFinite(number) ? (Object.is(number, -0) ? '-0' : String(number)) : `"${number}"`;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return (long) => `"${long}"`;
    default:
      // Booleans and 32-bit integers.
      return (value) => String(value);
  }
}

const NEEDS_ESCAPE = /["\\\p{Cc}\p{Cs}]/u;

/** A string of JSON. Most texts have nothing to escape, which is found faster than it is escaped. */
export function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}
