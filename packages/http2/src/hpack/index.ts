export type { DecodedFields } from './decoded-fields.ts';
export { FieldDecoder, type FieldDecoderOptions } from './field-decoder.ts';
export {
  encodedBound,
  encodeFields,
  encodeStatus,
  NO_DYNAMIC_TABLE,
  writeField,
  writeFields,
} from './field-encoder.ts';
export { HpackError } from './hpack-error.ts';
