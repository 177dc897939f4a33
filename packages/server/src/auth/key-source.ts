import type { JSONWebKeySet } from 'jose';
import { type KeySet, readKeySet } from './key-set.ts';

/** Where an authenticator finds the keys of its issuer. */
export interface KeySource {
  /** The present edition; a new object whenever the keys may have changed. `undefined` before the first one. */
  current(): KeySet | undefined;
  /**
   * Looks for a newer edition when it is time to. Gives a promise back, which never rejects, when the present one
   * must not be used before that; otherwise `undefined`.
   *
   * @param now - epoch milliseconds
   */
  freshen(now: number): Promise<void> | undefined;
  /** Looks for a key that the present edition lacks, as often as that may be done. Never rejects. */
  refetch(now: number): Promise<void> | undefined;
}

/**
 * Keys that never change.
 *
 * @throws Error when there are none, or when one of them is not public
 */
export function fixedKeys(jwks: JSONWebKeySet): KeySource {
  const current = readKeySet(jwks);
  if (current.size === 0) {
    throw new Error('jwks has no keys; expected at least one public key');
  }
  for (const [index, { kty, d, kid }] of jwks.keys.entries()) {
    if (kty === 'oct' || d !== undefined) {
      const what = kty === 'oct' ? 'a shared secret' : 'a private key';
      throw new Error(
        `jwks.keys[${index}] (kid ${kid ?? 'none'}) is ${what}; expected the public key of a pair`,
      );
    }
  }
  return { current: () => current, freshen: () => undefined, refetch: () => undefined };
}
