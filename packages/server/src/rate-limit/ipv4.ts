const ZERO = 48;
const DOT = 46;

/** The longest text that is an IPv4 address. */
const MAX_LENGTH = 15;

/** The 32 bits of an IPv4 address in its usual form, what `isIPv4` of Node takes; -1 for every other text. */
export function ipv4Bits(text: string): number {
  const { length } = text;
  if (length > MAX_LENGTH) {
    return -1;
  }
  let bits = 0;
  let parts = 1;
  let part = -1;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (part === -1) {
        return -1;
      }
      bits = bits * 256 + part;
      part = -1;
      parts++;
    } else if (code < ZERO || code > ZERO + 9 || part === 0) {
      // No other character, and no leading zero.
      return -1;
    } else {
      part = (part === -1 ? 0 : part * 10) + code - ZERO;
      if (part > 255) {
        return -1;
      }
    }
  }
  return parts === 4 && part !== -1 ? bits * 256 + part : -1;
}
