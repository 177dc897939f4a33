import { randomFillSync } from 'node:crypto';

/** Secret words of a {@link shortHash}: who does not know them cannot find texts that collide. */
export type HashKey = Int32Array;

/** A key nobody knows. */
export function randomHashKey(): HashKey {
  return randomFillSync(new Int32Array(2));
}

const FINAL_ROUNDS = 3;
/** UTF-16 units of a text that is hashed without memory of its own. */
const MAX_UNITS = 256;
/** Bytes of UTF-8 that a UTF-16 unit takes at most. */
const MAX_UNIT_BYTES = 3;
const WORD_BYTES = 4;

/** A text as bytes, and as words. */
interface Room {
  readonly bytes: Buffer;
  readonly words: Int32Array;
}

const shared = roomFor(MAX_UNITS);

function roomFor(units: number): Room {
  const words = new Int32Array(Math.ceil((units * MAX_UNIT_BYTES) / WORD_BYTES) + 1);
  return { bytes: Buffer.from(words.buffer), words };
}

/**
 * The 64 bits of HalfSipHash-1-3 over a text as UTF-8: the keyed hash that Linux has for tables with short keys. In
 * plain code, because calling into OpenSSL for a digest takes ten times as long; but for the text, whose characters take
 * longer one by one than all of them as bytes. Halves of surrogate pairs, which only JSON can hold, are all the
 * same to it: whoever has such a name shares a limit with others who do.
 *
 * @param into - takes the two words, so that hashing allocates nothing
 */
export function shortHash(key: HashKey, text: string, into: Int32Array): void {
  const { bytes, words } = text.length <= MAX_UNITS ? shared : roomFor(text.length);
  const length = bytes.write(text, 'utf8');
  // The last word has what is left, nothing, and the length.
  bytes[length] = 0;
  bytes[length + 1] = 0;
  bytes[length + 2] = 0;
  bytes[length + 3] = 0;
  const last = Math.floor(length / WORD_BYTES);
  words[last] = (words[last] as number) ^ (length << 24);
  const k0 = key[0] as number;
  const k1 = key[1] as number;
  let v0 = k0;
  let v1 = k1 ^ 0xee;
  let v2 = k0 ^ 0x6c796765;
  let v3 = k1 ^ 0x74656462;
  for (let round = 0; ; round++) {
    let word = 0;
    if (round <= last) {
      word = words[round] as number;
    } else if (round === last + 1) {
      v2 ^= 0xee;
    } else if (round === last + 1 + FINAL_ROUNDS) {
      into[0] = v1 ^ v3;
      v1 ^= 0xdd;
    } else if (round === last + 1 + 2 * FINAL_ROUNDS) {
      into[1] = v1 ^ v3;
      return;
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
}
