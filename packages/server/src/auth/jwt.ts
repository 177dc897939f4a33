import { jwtVerify } from 'jose';
import type { Authenticate, Caller } from '../caller.ts';
import { systemTime } from '../time/clocks.ts';
import { bearerToken } from './bearer.ts';
import { callerOf, claimsMapping } from './claims.ts';
import { type JwtOptions, maxTokens, verifyOptions } from './jwt-options.ts';
import type { KeySet, VerificationKey } from './key-set.ts';
import { fixedKeys, type KeySource } from './key-source.ts';
import { remoteKeys } from './remote-keys.ts';
import { createTokenMemory } from './token-memory.ts';
import { tokenRefusal, unknownKey } from './token-refusal.ts';

/**
 * Knows callers by the JWT in their `authorization: Bearer …` header.
 *
 * A token that was verified is remembered until it expires or its key is withdrawn, and its caller is then given back
 * at once, without a promise. Requests without the header, or with one of another scheme, carry no credentials as far
 * as this goes; tokens that are not valid are refused as UNAUTHENTICATED with what is wrong with them.
 *
 * @throws Error that names the option which is missing or would accept too much
 */
export function createJwtAuthenticator(options: JwtOptions): Authenticate {
  const clock = options.clock ?? systemTime;
  const keys: KeySource =
    options.jwks instanceof URL
      ? remoteKeys(options.jwks, options.keySet ?? {}, clock)
      : fixedKeys(options.jwks);
  const { caller } = options;
  const mapping = typeof caller === 'function' ? caller : claimsMapping(caller);
  const verification = verifyOptions(options);
  const memory = createTokenMemory(maxTokens(options));
  const underWay = new Map<string, Promise<Caller>>();

  const findKey = async (header: Parameters<KeySet['find']>[0]) => {
    const found = await keys.current()?.find(header);
    if (found !== undefined) {
      return found;
    }
    await keys.refetch(clock());
    return keys.current()?.find(header);
  };

  const verify = async (credential: string, token: string): Promise<Caller> => {
    await keys.freshen(clock());
    let signer: VerificationKey | undefined;
    try {
      const { payload } = await jwtVerify(
        token,
        async (header) => {
          signer = await findKey(header);
          if (signer === undefined) {
            throw unknownKey();
          }
          return signer.key;
        },
        { ...verification, currentDate: new Date(clock()) },
      );
      const verified = callerOf(payload, mapping);
      const expiresAt = (payload.exp ?? 0) * 1000;
      if (signer !== undefined && expiresAt > clock()) {
        memory.remember(credential, { caller: verified, expiresAt, keyId: signer.id });
      }
      return verified;
    } catch (reason) {
      throw tokenRefusal(reason);
    } finally {
      underWay.delete(credential);
    }
  };

  return ({ header }) => {
    const credential = header.get('authorization');
    if (credential === null) {
      return undefined;
    }
    const now = clock();
    if (keys.freshen(now) === undefined) {
      const known = memory.recall(credential, now, keys.current());
      if (known !== undefined) {
        return known;
      }
    }
    const token = bearerToken(credential);
    if (token === undefined) {
      return undefined;
    }
    let verifying = underWay.get(credential);
    if (verifying === undefined) {
      verifying = verify(credential, token);
      underWay.set(credential, verifying);
    }
    return verifying;
  };
}
