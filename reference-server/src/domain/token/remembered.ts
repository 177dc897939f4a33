import type { TokenSigner, Verified } from './signed-token.ts';

/**
 * A signer that remembers tokens it has made or found valid, so that asking for the same place again and again costs
 * no signature each time. Two generations: what is used stays, what is not is forgotten with the older one. Only
 * valid tokens are kept, so how long a search takes tells nothing to who has none.
 *
 * @param capacity Tokens that are remembered at most, a few hundred bytes each.
 */
export function remembered<T>(signer: TokenSigner<T>, capacity: number): TokenSigner<T> {
  let young = new Map<string, Verified<T>>();
  let old: typeof young = new Map();
  const remember = (token: string, verified: Verified<T>): void => {
    if (young.size >= capacity / 2) {
      old = young;
      young = new Map();
    }
    young.set(token, verified);
  };
  return {
    sign(payload) {
      const token = signer.sign(payload);
      remember(token, { kind: 'VALID', payload });
      return token;
    },
    verify(token) {
      const known = young.get(token);
      if (known !== undefined) {
        return known;
      }
      const verified = old.get(token) ?? signer.verify(token);
      if (verified.kind === 'VALID') {
        remember(token, verified);
      }
      return verified;
    },
  };
}
