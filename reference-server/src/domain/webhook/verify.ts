import { timingSafeEqual } from 'node:crypto';
import { macOf, type Signed } from './sign.ts';

/** Milliseconds that a timestamp may be off, either way. */
export const TOLERANCE_MS = 300_000;

/** Bytes of an HMAC-SHA-256. */
const MAC_BYTES = 32;

/** Whether a time is near enough to now. Both are epoch milliseconds. */
export function isFresh(at: number, now: number): boolean {
  return Math.abs(now - at) <= TOLERANCE_MS;
}

/** Whether a time in whole seconds, as a signature says it, is near enough to now. */
export function areFreshSeconds(seconds: number, now: number): boolean {
  return Math.abs(Math.floor(now / 1000) - seconds) <= TOLERANCE_MS / 1000;
}

/** The seconds of a `webhook-timestamp`; `undefined` for anything but a whole number. */
export function timestampSeconds(text: string): number | undefined {
  return /^[0-9]{1,12}$/.test(text) ? Number(text) : undefined;
}

/**
 * Whether one of the signatures in a header was made of the parts with one of the secrets. Every signature is compared
 * with every secret, each in constant time.
 *
 * @param header - `v1,` and base64, or `sha256=` and hexadecimal; several separated by spaces. Others are passed over.
 * @param signed - what either form is made of; one that is left out is not accepted
 */
export function isSignedBy(
  header: string,
  secrets: readonly string[],
  { standard, body }: { readonly standard?: readonly Signed[]; readonly body?: Signed },
): boolean {
  const forms = [
    { parts: standard, found: macsIn(header, /^v1,([A-Za-z0-9+/]{43}=?)$/, 'base64') },
    {
      parts: body === undefined ? undefined : [body],
      found: macsIn(header, /^sha256=([0-9a-fA-F]{64})$/, 'hex'),
    },
  ];
  const checks = forms.flatMap(({ parts, found }) =>
    parts === undefined ? [] : secrets.map((secret) => matches(found, macOf(secret, ...parts))),
  );
  return checks.includes(true);
}

function macsIn(header: string, form: RegExp, encoding: 'base64' | 'hex'): Buffer[] {
  return header
    .split(/[ \t]+/)
    .map((entry) => form.exec(entry)?.[1])
    .filter((text) => text !== undefined)
    .map((text) => Buffer.from(text, encoding))
    .filter((mac) => mac.length === MAC_BYTES);
}

function matches(found: readonly Buffer[], expected: Buffer): boolean {
  let one = false;
  for (const mac of found) {
    // Not `||`: how long it takes must not say which one it was.
    one = timingSafeEqual(mac, expected) || one;
  }
  return one;
}
