import type { JSONWebKeySet, JWTVerifyOptions } from 'jose';
import type { CallerOf, ClaimNames } from './claims.ts';
import type { RemoteKeysOptions } from './remote-keys.ts';

/** Which tokens are accepted, and whom they stand for. */
export interface JwtOptions {
  /** The `iss` of accepted tokens, or several. */
  readonly issuer: string | readonly string[];
  /** The `aud` of accepted tokens, or several, any of which a token has to name. */
  readonly audience: string | readonly string[];
  /**
   * The issuer's public keys: the https URL of its JSON Web Key Set (plain http only on this machine), or the set
   * itself.
   */
  readonly jwks: URL | JSONWebKeySet;
  /** Accepted signatures; asymmetric ones only. Default: RS256, PS256, ES256 and EdDSA. */
  readonly algorithms?: readonly string[] | undefined;
  /** Seconds by which the clocks of issuer and server may differ, 0 to 60. Default 30. */
  readonly clockToleranceSeconds?: number | undefined;
  /**
   * Claims that a token must have. Default: `iss`, `aud`, `exp`, `nbf`, `sub`; of these only `nbf` may be left out, for
   * issuers that do not set it. A `nbf` that is there is checked in any case.
   */
  readonly requiredClaims?: readonly string[] | undefined;
  /** The `typ` of accepted tokens, such as `at+jwt` (RFC 9068). Default: any. */
  readonly type?: string | undefined;
  /** Whom a token stands for: names of claims for `claimsMapping`, or a function. */
  readonly caller?: ClaimNames | CallerOf | undefined;
  readonly cache?: JwtCacheOptions | undefined;
  /** How the key set of a URL is kept up to date. */
  readonly keySet?: RemoteKeysOptions | undefined;
  /** Epoch milliseconds. Default: `systemTime`. */
  readonly clock?: (() => number) | undefined;
}

/** How many tokens are remembered. */
export interface JwtCacheOptions {
  /**
   * Verified tokens that are remembered until they expire, in about as many bytes as they have characters; 0: none.
   * Default 10,000.
   */
  readonly maxTokens?: number | undefined;
}

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const ASYMMETRIC = new Set([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]);
const INDISPENSABLE = ['iss', 'aud', 'exp', 'sub'];
const REQUIRED = [...INDISPENSABLE, 'nbf'];
const TOLERANCE_SECONDS = 30;
const MAX_TOLERANCE_SECONDS = 60;
const MAX_TOKENS = 10_000;

/** What jose is told about every token. @throws Error that names the option which would accept too much */
export function verifyOptions(options: JwtOptions): JWTVerifyOptions {
  const { algorithms = ALGORITHMS, requiredClaims = REQUIRED, type } = options;
  const tolerance = options.clockToleranceSeconds ?? TOLERANCE_SECONDS;
  const unfit = algorithms.filter((algorithm) => !ASYMMETRIC.has(algorithm));
  if (unfit.length > 0 || algorithms.length === 0) {
    throw new Error(
      `algorithms are ${algorithms.join(', ') || 'none'}; expected some of ${[...ASYMMETRIC].join(', ')}`,
    );
  }
  if (!(tolerance >= 0 && tolerance <= MAX_TOLERANCE_SECONDS)) {
    throw new RangeError(
      `clockToleranceSeconds is ${tolerance}; expected 0 to ${MAX_TOLERANCE_SECONDS}: a longer one keeps tokens alive`,
    );
  }
  const missing = INDISPENSABLE.filter((claim) => !requiredClaims.includes(claim));
  if (missing.length > 0) {
    throw new Error(
      `requiredClaims leaves out ${missing.join(', ')}; expected ${INDISPENSABLE.join(', ')} in it`,
    );
  }
  return {
    issuer: names('issuer', options.issuer),
    audience: names('audience', options.audience),
    algorithms: [...algorithms],
    requiredClaims: [...requiredClaims],
    clockTolerance: tolerance,
    ...(type === undefined ? {} : { typ: type }),
  };
}

/** How many tokens to remember. @throws RangeError for a number that is no count */
export function maxTokens({ cache }: JwtOptions): number {
  const max = cache?.maxTokens ?? MAX_TOKENS;
  if (!(Number.isSafeInteger(max) && max >= 0)) {
    throw new RangeError(`cache.maxTokens is ${max}; expected a whole number, 0 to remember none`);
  }
  return max;
}

function names(option: string, value: string | readonly string[]): string[] {
  const list = typeof value === 'string' ? [value] : [...value];
  if (list.length === 0 || list.includes('')) {
    throw new Error(`${option} is empty; expected the ${option} of the tokens to accept`);
  }
  return list;
}
