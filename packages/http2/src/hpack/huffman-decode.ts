import { HpackError } from './hpack-error.ts';
import { END_STATES, MET_EOS, STATE_MASK, TRANSITIONS } from './huffman-table.ts';
import { octetString } from './octet-string.ts';

/** Octets that an octet of input gives at most: codes are five bits and longer. */
const GROWTH = 8 / 5;

/** Where strings are put together; longer ones get memory of their own. */
const scratch = Buffer.allocUnsafeSlow(16 * 1024);

/**
 * Decodes a Huffman-coded string (RFC 7541, 5.2).
 *
 * @returns a character for each octet
 * @throws HpackError when the padding is longer than seven bits or not the beginning of EOS, and when EOS is in it
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  const most = Math.ceil((end - start) * GROWTH);
  // One octet more, since what does not count is written, too.
  const out = most < scratch.length ? scratch : Buffer.allocUnsafeSlow(most + 1);
  let length = 0;
  let transition = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] as number;
    transition = TRANSITIONS[(transition & STATE_MASK) | (octet >>> 4)] as number;
    out[length] = transition >>> 16;
    length += transition >>> 24;
    transition = TRANSITIONS[(transition & STATE_MASK) | (octet & 0x0f)] as number;
    out[length] = transition >>> 16;
    length += transition >>> 24;
  }
  const state = transition & STATE_MASK;
  if (state >= END_STATES) {
    throw new HpackError(
      state === MET_EOS
        ? 'a Huffman-coded string contains EOS'
        : 'a Huffman-coded string ends with padding that is too long, or not the beginning of EOS',
    );
  }
  return octetString(out, 0, length);
}
