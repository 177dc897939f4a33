import { HpackError } from './hpack-error.ts';
import { END_STATES, MET_EOS, TRANSITIONS } from './huffman-table.ts';

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
  // Two octets may be written where one counts.
  const out = most < scratch.length ? scratch : Buffer.allocUnsafeSlow(most + 1);
  let length = 0;
  let state = 0;
  for (let at = start; at < end; at++) {
    const transition = TRANSITIONS[(state << 8) | (bytes[at] as number)] as number;
    if (transition === MET_EOS) {
      throw new HpackError('a Huffman-coded string contains EOS');
    }
    out[length] = transition >>> 8;
    out[length + 1] = transition >>> 16;
    length += transition >>> 24;
    state = transition & 0xff;
  }
  if (state >= END_STATES) {
    throw new HpackError(
      'a Huffman-coded string ends with padding that is too long, or not the beginning of EOS',
    );
  }
  return out.toString('latin1', 0, length);
}
