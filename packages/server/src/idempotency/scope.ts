import { hash } from 'node:crypto';
import type { Caller } from '../caller.ts';
import { createMemo } from '../memo.ts';

/** Characters of the longest key that is in its id as a whole: a UUID. */
const WHOLE = 36;
/** Characters of a longer key that its id begins with: the whole time of an id that has it in front. */
const START = 16;
/** Characters of base64url with 128 bits: a scope is short, and as hard to find another one for as a UUID is to guess. */
const SCOPE_LENGTH = 22;

/** Of JSON, which tells halves of surrogate pairs apart; as bytes they are all the same. */
const digest = (scope: string): string =>
  hash('sha256', JSON.stringify(scope), 'base64url').slice(0, SCOPE_LENGTH);

/** Without credentials all callers are one, and services are few. Users come a few times, and others after them. */
const ofTheFew = createMemo(digest);

/**
 * The id under which the answer to a key is kept: a key belongs to one caller and one method. It begins as the key does,
 * so that keys which sort by time have ids that do, and a store adds them at the end of its index and not all over it.
 */
export function scopeId({ kind, id }: Caller, method: string, key: string): string {
  // Neither methods nor kinds have spaces in them.
  const scope = `${method} ${kind} ${id}`;
  return key.length <= WHOLE
    ? `${key}.${kind === 'user' ? digest(scope) : ofTheFew(scope)}`
    : `${key.slice(0, START)}.${hash('sha256', JSON.stringify([scope, key]), 'base64url')}`;
}
