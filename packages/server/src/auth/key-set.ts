import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWK,
  type JWSHeaderParameters,
} from 'jose';

/** A key that verifies tokens, and what tells whether a later edition of its set still has it. */
export interface VerificationKey {
  /** The same in every edition of a key set that holds this key under this `kid`. */
  readonly id: string;
  readonly key: CryptoKey;
}

/** One edition of a key set. */
export interface KeySet {
  readonly size: number;
  has(id: string): boolean;
  /**
   * The key that a token's header asks for: by `kid`; by algorithm alone where the token names no key and only one
   * fits. `undefined` where there is none.
   */
  find(header: JWSHeaderParameters): Promise<VerificationKey | undefined>;
}

/** Below it, NIST SP 800-131A takes RSA for broken, and RFC 7518 forbids it. */
const MIN_RSA_BITS = 2048;

interface Candidate {
  readonly id: string;
  readonly resolve: ReturnType<typeof createLocalJWKSet>;
}

/**
 * Reads a JSON Web Key Set (RFC 7517). Members that cannot verify signatures (symmetric, private or unknown ones, or
 * ones for encryption) are never found.
 *
 * @throws Error when it is no key set
 */
export function readKeySet(jwks: unknown): KeySet {
  if (!isKeySet(jwks)) {
    throw new Error('the key set is malformed; expected {"keys":[…]} as in RFC 7517');
  }
  const byKid = new Map<string | undefined, Candidate[]>();
  const all: Candidate[] = [];
  for (const jwk of jwks.keys) {
    // One set for each key: jose decides whether a key fits, and this module which key it was.
    const candidate = { id: idOf(jwk), resolve: createLocalJWKSet({ keys: [jwk] }) };
    all.push(candidate);
    byKid.set(jwk.kid, [...(byKid.get(jwk.kid) ?? []), candidate]);
  }
  const ids = new Set(all.map(({ id }) => id));
  return {
    size: all.length,
    has: (id) => ids.has(id),
    find: async (header) => {
      const candidates = header.kid === undefined ? all : (byKid.get(header.kid) ?? []);
      const fitting = (await Promise.all(candidates.map((candidate) => suitable(candidate, header)))).filter(
        (key) => key !== undefined,
      );
      return fitting.length === 1 ? fitting[0] : undefined;
    },
  };
}

async function suitable(
  { id, resolve }: Candidate,
  header: JWSHeaderParameters,
): Promise<VerificationKey | undefined> {
  try {
    const key = await resolve({ ...header, alg: header.alg ?? '' });
    return isStrong(key) ? { id, key } : undefined;
  } catch (reason) {
    // Importing a key that is broken fails in as many ways as a key can be broken.
    if (reason instanceof errors.JOSEError || reason instanceof DOMException || reason instanceof TypeError) {
      return undefined;
    }
    throw reason;
  }
}

function isStrong({ algorithm }: CryptoKey): boolean {
  const bits: unknown = 'modulusLength' in algorithm ? algorithm.modulusLength : undefined;
  return bits === undefined || (typeof bits === 'number' && bits >= MIN_RSA_BITS);
}

function idOf({ kid, kty, crv, n, e, x, y }: JWK): string {
  return JSON.stringify([kid, kty, crv, n, e, x, y]);
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return (
    isObject(value) &&
    'keys' in value &&
    Array.isArray(value.keys) &&
    value.keys.every((key) => isObject(key))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
