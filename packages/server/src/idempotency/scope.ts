import { hash } from 'node:crypto';
import type { Caller } from '../caller.ts';

/** Characters of a key that its id begins with: the whole time of a UUID of version 7, or of an id that has it in front. */
const START = 16;

/**
 * The id under which the answer to a key is kept: a key belongs to one caller and one method. It begins as the key does,
 * so that keys which sort by time have ids that do, and a store adds them at the end of its index and not all over it.
 */
export function scopeId(caller: Caller, method: string, key: string): string {
  const digest = hash('sha256', JSON.stringify([caller.kind, caller.id, method, key]), 'base64url');
  return `${key.slice(0, START)}.${digest}`;
}
