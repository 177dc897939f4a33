import { timingSafeEqual } from 'node:crypto';
import { hmacSha256 } from './hmac-sha256.ts';

/** A key that tokens are signed with: at least 16 bytes, text counts as UTF-8. */
export type TokenSecret = string | Uint8Array;

/** What a token turned out to be. */
export type Verified<T> =
  | { readonly kind: 'VALID'; readonly payload: T }
  /** Not a token of this purpose and version at all. */
  | { readonly kind: 'MALFORMED' }
  /** Made or changed by somebody who has none of the secrets. */
  | { readonly kind: 'WRONG_SIGNATURE' };

/** Makes and checks the tokens of one purpose. */
export interface TokenSigner<T> {
  sign(payload: T): string;
  verify(token: string): Verified<T>;
}

/** Longest token that is looked at; the contract's limit. */
const MAX_LENGTH = 2048;
const MIN_SECRET_BYTES = 16;

/**
 * A signer for `<prefix>.<payload>.<signature>`: the payload is JSON in base64url, the signature the
 * HMAC-SHA-256 of everything before it, so that a token can be used for no other purpose or version.
 *
 * @param prefix Purpose and version, such as `w1`; unique among all tokens signed with these secrets.
 * @param secrets The first signs, any of them verifies: a new one is put in front, the old one removed when
 *   its tokens have run out.
 * @param decode The payload of the JSON value, or `undefined` when it is none.
 * @throws Error when there is no secret, or a short one.
 */
export function tokenSigner<T>(
  prefix: string,
  secrets: readonly TokenSecret[],
  codec: { readonly encode: (payload: T) => unknown; readonly decode: (json: unknown) => T | undefined },
): TokenSigner<T> {
  const [first, ...older] = secrets.map(signatureOf);
  if (first === undefined) {
    throw new Error('token secrets: found none; expected at least one of 16 bytes or more');
  }
  const signatures = [first, ...older];

  return {
    sign(payload) {
      const json = JSON.stringify(codec.encode(payload));
      const signed = `${prefix}.${Buffer.from(json).toString('base64url')}`;
      return `${signed}.${first(signed)}`;
    },
    verify(token) {
      const end = token.lastIndexOf('.');
      const start = prefix.length + 1;
      if (token.length > MAX_LENGTH || end <= start || !token.startsWith(`${prefix}.`)) {
        return { kind: 'MALFORMED' };
      }
      const signed = token.slice(0, end);
      const found = Buffer.from(token.slice(end + 1));
      if (!signatures.some((signature) => sameBytes(found, Buffer.from(signature(signed))))) {
        return { kind: 'WRONG_SIGNATURE' };
      }
      const payload = codec.decode(parse(Buffer.from(signed.slice(start), 'base64url').toString()));
      return payload === undefined ? { kind: 'MALFORMED' } : { kind: 'VALID', payload };
    },
  };
}

// Signatures are compared as text: base64url has several spellings of the same bytes, and only one is right.
function signatureOf(secret: TokenSecret, index: number): (signed: string) => string {
  const bytes = Buffer.from(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new Error(
      `token secrets[${index}]: found ${bytes.length} bytes; expected at least ${MIN_SECRET_BYTES}, better 32 random ones`,
    );
  }
  return hmacSha256(bytes);
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
