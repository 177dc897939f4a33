import { hash, randomUUID } from 'node:crypto';
import { timeOrderedHex } from '../../store/index.ts';

/** Hexadecimal digits of an id. */
const DIGITS = 32;

/** A UUID of version 7: 48 bits of time in front. */
const TIMED_KEY = /^([0-9a-f]{8})-([0-9a-f]{4})-7/i;

/** A new id such as `rsv_0192f0c1…`: the prefix and 32 hexadecimal digits, which sort by when it was made. */
export function newId(prefix: string): string {
  return `${prefix}_${timeOrderedHex()}`;
}

/** A new secret such as `secret_3f0c…`: the prefix and 122 random bits. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

/** The id that follows from the parts: the same parts always give the same id. */
export function derivedId(prefix: string, ...parts: readonly string[]): string {
  return `${prefix}_${digestOf(parts).slice(0, DIGITS)}`;
}

/** As {@link derivedId}, with the time in front that the last part tells, where that is a UUID of version 7. */
export function derivedTimedId(prefix: string, ...parts: readonly string[]): string {
  const [, high = '', low = ''] = TIMED_KEY.exec(parts.at(-1) ?? '') ?? [];
  return `${prefix}_${`${high}${low}`.toLowerCase()}${digestOf(parts)}`.slice(0, prefix.length + 1 + DIGITS);
}

function digestOf(parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join('');
  return hash('sha256', text, 'hex');
}
