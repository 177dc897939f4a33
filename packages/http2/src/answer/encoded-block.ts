import { isValue, quoted, Rule, ruleOf } from '../head/field-rules.ts';
import { encodeFields } from '../hpack/index.ts';
import type { FieldBlock } from '../server-stream.ts';

const encoded = new WeakMap<FieldBlock, Buffer>();

/**
 * The bytes of a block, made once for each object.
 *
 * @throws TypeError that names a field HTTP/2 cannot carry
 */
export function bytesOf(block: FieldBlock): Buffer {
  let bytes = encoded.get(block);
  if (bytes === undefined) {
    checkFields(block.fields);
    bytes = encodeFields(block.fields);
    encoded.set(block, bytes);
  }
  return bytes;
}

/** @throws TypeError that names a field HTTP/2 cannot carry */
export function checkFields(fields: readonly string[]): void {
  if (fields.length % 2 !== 0) {
    throw new TypeError(`an answer has ${fields.length} names and values; expected a value for each name`);
  }
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    const rule = ruleOf(name);
    if (rule === undefined) {
      throw new TypeError(`an answer has the field ${quoted(name)}; expected a name in lower case`);
    }
    if (rule === Rule.FORBIDDEN || rule === Rule.TE) {
      throw new TypeError(`an answer has the field ${name}, which HTTP/2 does not have`);
    }
    if (!isValue(fields[index + 1] as string)) {
      throw new TypeError(`the field ${name} of an answer has a value that HTTP cannot carry`);
    }
  }
}
