import { ByteMemo, hashOf } from './byte-memo.ts';
import { HpackError } from './hpack-error.ts';
import { decodeHuffman } from './huffman-decode.ts';
import { octetString } from './octet-string.ts';

/** Octets after the first that an integer may have: up to 2²⁸, more than any index or length that can be right. */
const MAX_CONTINUATION = 4;

/** From this many octets on, to look for a string is cheaper than to decode it. */
const MEMO_FROM = 10;

const NOTHING = Buffer.alloc(0);

/** Reads the integers and strings of header blocks (RFC 7541, 5). */
export class BlockReader {
  /** Where the next octet is. */
  at = 0;
  end = 0;
  #bytes: Buffer = NOTHING;
  /** By the octets of the literal, with its length and whether it is Huffman-coded. */
  readonly #strings = new ByteMemo<string>({ slots: 32, maxKeyBytes: 4096, maxBytes: 12 * 1024 });

  /** Begins with a block. */
  open(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Lets go of the memory that the block is in. */
  close(): void {
    this.#bytes = NOTHING;
  }

  /** The next octet, which the caller knows to be there. */
  octet(): number {
    return this.#bytes[this.at++] as number;
  }

  /**
   * The integer that begins in an octet that was read.
   *
   * @param mask - the bits of the octet that are the integer's
   */
  integer(first: number, mask: number): number {
    const prefix = first & mask;
    return prefix < mask ? prefix : this.#longInteger(mask);
  }

  /** A string of which nothing is kept. */
  string(): string {
    const first = this.#firstOfString();
    return this.#decoded(first, this.#skip(first));
  }

  /** A string that may come again in this form: then it is the same one, and not decoded again. */
  repeatedString(): string {
    const from = this.at;
    const first = this.#firstOfString();
    const start = this.#skip(first);
    const { at: end } = this;
    if (end - start < MEMO_FROM) {
      return this.#decoded(first, start);
    }
    const hash = hashOf(this.#bytes, from, end);
    const known = this.#strings.find(hash, this.#bytes, from, end);
    if (known !== undefined) {
      return known;
    }
    const text = this.#decoded(first, start);
    this.#strings.keep(hash, this.#bytes, from, end, text, text.length);
    return text;
  }

  #firstOfString(): number {
    if (this.at >= this.end) {
      throw new HpackError('a header block ends before a string');
    }
    return this.octet();
  }

  /** Goes past the string that begins with this octet. Returns where its content begins. */
  #skip(first: number): number {
    const length = this.integer(first, 0x7f);
    const start = this.at;
    if (length > this.end - start) {
      throw new HpackError(
        `a header block ends within a string: ${this.end - start} of its ${length} octets are there`,
      );
    }
    this.at = start + length;
    return start;
  }

  /** The string whose content begins at `start`, and ends where we are. */
  #decoded(first: number, start: number): string {
    return first >= 0x80
      ? decodeHuffman(this.#bytes, start, this.at)
      : octetString(this.#bytes, start, this.at);
  }

  #longInteger(mask: number): number {
    let value = mask;
    for (let shift = 0; shift < 7 * MAX_CONTINUATION; shift += 7) {
      if (this.at >= this.end) {
        throw new HpackError('a header block ends within an integer');
      }
      const octet = this.octet();
      value += (octet & 0x7f) << shift;
      if (octet < 0x80) {
        return value;
      }
    }
    throw new HpackError(`an integer has more than ${1 + MAX_CONTINUATION} octets`);
  }
}
