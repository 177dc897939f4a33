import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';

export const issuer = 'https://issuer.example';
export const audience = 'bench';

/** Under this name server processes find the keys. */
const KEYS = 'BENCH_JWKS';

/** Makes a key and a token, and leaves the public part to the server processes that are started from here on. */
export async function issueToken(): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const key = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' };
  process.env[KEYS] = JSON.stringify({ keys: [key] });
  return new SignJWT({ scope: 'read' })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('user-1')
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('1d')
    .sign(privateKey);
}

/** The keys that tokens are verified with. @throws Error where nobody has made any */
export function publicKeys(): JSONWebKeySet {
  const keys = process.env[KEYS];
  if (keys === undefined) {
    throw new Error(`${KEYS} is not set; expected the key set of issueToken`);
  }
  return JSON.parse(keys) as JSONWebKeySet;
}
