/**
 * Writes an integer (RFC 7541, 5.1).
 *
 * @param flags - the bits of the first octet that are not the integer's
 * @param mask - those that are, all ones
 * @returns the offset after it
 */
export function writeInteger(
  target: Uint8Array,
  offset: number,
  flags: number,
  mask: number,
  value: number,
): number {
  if (value < mask) {
    target[offset] = flags | value;
    return offset + 1;
  }
  let at = offset;
  target[at++] = flags | mask;
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) {
    target[at++] = 0x80 | (rest & 0x7f);
  }
  target[at++] = rest;
  return at;
}
