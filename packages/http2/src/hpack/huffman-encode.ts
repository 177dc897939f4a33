import { CODE_BITS, CODES } from './huffman-code.ts';

/**
 * @param text - a character for each octet
 * @returns the octets of its Huffman code
 * @throws TypeError for a character that is no octet
 */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at++) {
    const octet = text.charCodeAt(at);
    if (octet > 0xff) {
      throw new TypeError(
        `a field has the character U+${octet.toString(16).padStart(4, '0')}, which is no octet`,
      );
    }
    bits += CODE_BITS[octet] as number;
  }
  return (bits + 7) >>> 3;
}

/**
 * Writes the Huffman code of a string (RFC 7541, 5.2), padded with the beginning of EOS.
 *
 * @param text - a character for each octet
 * @returns the offset after it
 */
export function writeHuffman(target: Uint8Array, offset: number, text: string): number {
  let at = offset;
  let waiting = 0;
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const octet = text.charCodeAt(index);
    let bits = CODE_BITS[octet] as number;
    let code = CODES[octet] as number;
    if (bits > 24) {
      // With up to seven that wait it would be more than 32.
      bits -= 8;
      waiting = (waiting << bits) | (code >>> 8);
      count += bits;
      for (; count >= 8; count -= 8) {
        target[at++] = waiting >>> (count - 8);
      }
      bits = 8;
      code &= 0xff;
    }
    waiting = (waiting << bits) | code;
    count += bits;
    for (; count >= 8; count -= 8) {
      target[at++] = waiting >>> (count - 8);
    }
  }
  if (count > 0) {
    target[at++] = (waiting << (8 - count)) | (0xff >>> count);
  }
  return at;
}
