import { hash } from 'node:crypto';

/** Bytes that SHA-256 takes at once, and bytes that it gives. */
const BLOCK = 64;
const DIGEST = 32;

const INNER = 0x36;
const OUTER = 0x5c;

/** Characters that there is room for without asking for more; tokens have some hundred. */
const USUAL = 512;
/** Bytes of UTF-8 that a UTF-16 unit takes at most. */
const MAX_UNIT_BYTES = 3;

/**
 * HMAC-SHA-256 (RFC 2104) of texts in UTF-8, in base64url, under one key. Put together from two digests, which takes two
 * thirds of what an `Hmac` of `node:crypto` does: that is looked up and set up anew for each text.
 */
export function hmacSha256(secret: Uint8Array): (text: string) => string {
  const key = Buffer.alloc(BLOCK);
  key.set(secret.length > BLOCK ? hash('sha256', secret, 'buffer') : secret);
  const usual = Buffer.concat([padded(key, INNER), Buffer.alloc(USUAL * MAX_UNIT_BYTES)]);
  const outer = Buffer.concat([padded(key, OUTER), Buffer.alloc(DIGEST)]);

  return (text) => {
    const inner =
      text.length <= USUAL
        ? usual
        : Buffer.concat([usual.subarray(0, BLOCK), Buffer.alloc(text.length * MAX_UNIT_BYTES)]);
    const end = BLOCK + inner.write(text, BLOCK, 'utf8');
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK, 'binary');
    return hash('sha256', outer, 'base64url');
  };
}

function padded(key: Buffer, pad: number): Buffer {
  return Buffer.from(key.map((byte) => byte ^ pad));
}
