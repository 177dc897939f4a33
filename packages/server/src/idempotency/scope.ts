import { hash } from 'node:crypto';
import type { Caller } from '../caller.ts';

/** The id under which the answer to a key is kept: a key belongs to one caller and one method. */
export function scopeId(caller: Caller, method: string, key: string): string {
  return hash('sha256', JSON.stringify([caller.kind, caller.id, method, key]), 'base64url');
}
