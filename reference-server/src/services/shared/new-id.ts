import { hash, randomUUID } from 'node:crypto';

/** A new id such as `rsv_3f0c…`: the prefix and 128 random bits in hexadecimal. */
export function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

/** The id that follows from the parts: the same parts always give the same id. */
export function derivedId(prefix: string, ...parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join('');
  return `${prefix}_${hash('sha256', text, 'hex').slice(0, 32)}`;
}
