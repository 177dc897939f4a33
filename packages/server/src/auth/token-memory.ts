import type { Caller } from '../caller.ts';
import type { KeySet } from './key-set.ts';

/** Whom a verified token stands for, and for how long. */
export interface Verified {
  readonly caller: Caller;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** The key that signed it. */
  readonly keyId: string;
}

/** Remembers verified tokens, a bounded number of them. */
export interface TokenMemory {
  /** The caller of a credential that was verified before, has not expired, and whose key is still in the set. */
  recall(credential: string, now: number, keys: KeySet | undefined): Caller | undefined;
  remember(credential: string, verified: Verified): void;
  size(): number;
}

interface Entry extends Verified {
  readonly credential: string;
  /** The edition of the key set that is known to have the key. */
  keys: KeySet | undefined;
}

/** Characters of a signature that find its entry: 192 bits, and hashing them is cheap. */
const TAIL = 32;

/**
 * A memory of two generations: what is used stays, what is not is forgotten with the older one.
 *
 * The end of the signature finds an entry and the whole credential is then compared, which is 20 times as fast as a
 * cryptographic digest of it and just as exact. How long that takes tells nothing to anyone who does not know the end
 * of a valid signature already: only verified tokens are entries.
 */
export function createTokenMemory(maxTokens: number): TokenMemory {
  const perGeneration = Math.floor(maxTokens / 2);
  let young = new Map<string, Entry>();
  let old = new Map<string, Entry>();

  const put = (tail: string, entry: Entry): void => {
    if (young.size >= perGeneration && !young.has(tail)) {
      old = young;
      young = new Map();
    }
    young.set(tail, entry);
  };

  return {
    size: () => young.size + old.size,
    recall: (credential, now, keys) => {
      const tail = credential.slice(-TAIL);
      let entry = young.get(tail);
      const isOld = entry === undefined;
      entry ??= old.get(tail);
      if (entry === undefined || entry.credential !== credential) {
        return undefined;
      }
      if (entry.expiresAt <= now || (entry.keys !== keys && keys?.has(entry.keyId) !== true)) {
        young.delete(tail);
        old.delete(tail);
        return undefined;
      }
      entry.keys = keys;
      if (isOld) {
        old.delete(tail);
        put(tail, entry);
      }
      return entry.caller;
    },
    remember: (credential, verified) => {
      if (perGeneration > 0) {
        // A copy of its own: a part of a longer string would keep the whole of it.
        const own = Buffer.from(credential, 'latin1').toString('latin1');
        put(own.slice(-TAIL), { ...verified, credential: own, keys: undefined });
      }
    },
  };
}
