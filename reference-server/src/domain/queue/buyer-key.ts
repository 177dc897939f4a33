import { hash } from 'node:crypto';
import { KEY_WORDS } from './place-entries.ts';

/** Stands for a user id in memory: 128 bits of its SHA-256, which no two ids share in practice. */
export type BuyerKey = Uint32Array;

/** The key of a user id. */
export function buyerKey(userId: string): BuyerKey {
  const digest = hash('sha256', userId, 'buffer');
  return Uint32Array.from({ length: KEY_WORDS }, (_, word) => digest.readUInt32LE(word * 4));
}
