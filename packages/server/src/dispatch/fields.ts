import type { FieldBlock, Fields } from './http-call.ts';

/** Fields that many answers share. */
export function fieldBlock(...fields: readonly string[]): FieldBlock {
  return { fields };
}

/** Headers as fields, each name behind a prefix. */
export function fieldsOf(headers: Headers, prefix = ''): string[] {
  const fields: string[] = [];
  for (const [name, value] of headers) {
    fields.push(prefix + name, value);
  }
  return fields;
}

/** Two lists of fields as one; either may be missing. */
export function concatFields(first: Fields | undefined, second: Fields | undefined): Fields | undefined {
  if (first === undefined || second === undefined) {
    return first ?? second;
  }
  return [...first, ...second];
}
