import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JSONWebKeySet, type JWK, SignJWT } from 'jose';
import type { Settings } from './config/index.ts';

/** The `iss` and `aud` of tokens of the development issuer. */
export const DEV_ISSUER = 'tacos-dev-issuer';
export const DEV_AUDIENCE = 'tacos';

const ALGORITHM = 'EdDSA';

/** Who a token is for. */
export interface Bearer {
  readonly user: string;
  readonly role: 'user' | 'service' | 'admin';
  readonly scopes: readonly string[];
  readonly ttlSeconds: number;
}

/** Makes access tokens for local use. */
export interface DevIssuer {
  /** Its public key, by which its tokens are checked. */
  readonly jwks: JSONWebKeySet;
  /** Whether the key was made by this opening: no server knows it yet. */
  readonly isNew: boolean;
  /** @param now Epoch milliseconds. */
  token(bearer: Bearer, now: number): Promise<string>;
}

/** The key in a data folder. */
export const DEV_ISSUER_FILE = 'dev-issuer.json';

/** Where the settings say that the key is: a file of its own, or one in the data folder. */
export function devIssuerKeyFile({ data, devIssuerKey }: Pick<Settings, 'data' | 'devIssuerKey'>): string {
  return devIssuerKey === '' ? join(data, DEV_ISSUER_FILE) : devIssuerKey;
}

/**
 * The development issuer of a key file, which is made when there is none.
 *
 * @throws Error that names the file when it cannot be used, or when others on the machine can read it.
 */
export async function openDevIssuer(file: string): Promise<DevIssuer> {
  const known = await readKey(file);
  const key = known ?? (await makeKey(file));
  const { d: _, ...publicKey } = key;
  const signer = await importJWK(key, ALGORITHM);
  return {
    isNew: known === undefined,
    jwks: { keys: [{ ...publicKey, alg: ALGORITHM, use: 'sig' }] },
    token: ({ user, role, scopes, ttlSeconds }, now) => {
      const issuedAt = Math.floor(now / 1000);
      return new SignJWT({ roles: [role], ...(scopes.length > 0 && { scope: scopes.join(' ') }) })
        .setProtectedHeader({ alg: ALGORITHM, kid: key.kid ?? '', typ: 'JWT' })
        .setIssuer(DEV_ISSUER)
        .setAudience(DEV_AUDIENCE)
        .setSubject(user)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(signer);
    },
  };
}

/** Others may not read it: whoever has it is anybody. */
const OWN = 0o600;
const OTHERS = 0o077;

async function readKey(file: string): Promise<JWK | undefined> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw new Error(`the key of the development issuer cannot be read: ${error.message}`, { cause: error });
  });
  if (found === undefined) {
    return undefined;
  }
  if (process.platform !== 'win32' && (found.mode & OTHERS) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    throw new Error(`${file} has mode ${mode}: others can read the key; expected 600 (chmod 600 ${file})`);
  }
  const text = await readFile(file, 'utf8');
  const key = parsed(text);
  if (
    key?.kty !== 'OKP' ||
    key.crv !== 'Ed25519' ||
    typeof key.d !== 'string' ||
    typeof key.kid !== 'string'
  ) {
    throw new Error(
      `${file} holds no private Ed25519 key as a JSON Web Key with a kid: remove it, and a new one is made`,
    );
  }
  return key;
}

function parsed(text: string): JWK | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as JWK) : undefined;
  } catch {
    return undefined;
  }
}

async function makeKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: `dev-${crypto.randomUUID()}` };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    const handle = await open(file, 'wx', OWN);
    try {
      await handle.writeFile(`${JSON.stringify(key)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return key;
  } catch (error) {
    // Another process was faster: its key is the one.
    const theirs = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readKey(file) : undefined;
    if (theirs === undefined) {
      throw error;
    }
    return theirs;
  }
}
