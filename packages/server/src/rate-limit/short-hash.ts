import { randomFillSync } from 'node:crypto';

/** Secret words of a {@link shortHash}: who does not know them cannot find texts that collide. */
export type HashKey = Int32Array;

/** A key nobody knows. */
export function randomHashKey(): HashKey {
  return randomFillSync(new Int32Array(2));
}

const FINAL_ROUNDS = 3;

/**
 * The 64 bits of HalfSipHash-1-3 over a text as UTF-16LE: the keyed hash that Linux has for tables with short keys. In
 * plain code, because calling into OpenSSL for a digest takes ten times as long.
 *
 * @param into - takes the two words, so that hashing allocates nothing
 */
export function shortHash(key: HashKey, text: string, into: Int32Array): void {
  const { length } = text;
  const k0 = key[0] as number;
  const k1 = key[1] as number;
  let v0 = k0;
  let v1 = k1 ^ 0xee;
  let v2 = k0 ^ 0x6c796765;
  let v3 = k1 ^ 0x74656462;
  /** Two characters each, the last one with what is left and the length in bytes. */
  const words = (length >> 1) + 1;
  for (let round = 0; ; round++) {
    let word = 0;
    if (round < words - 1) {
      word = text.charCodeAt(2 * round) | (text.charCodeAt(2 * round + 1) << 16);
    } else if (round === words - 1) {
      word = ((2 * length) << 24) | ((length & 1) === 1 ? text.charCodeAt(length - 1) : 0);
    } else if (round === words) {
      v2 ^= 0xee;
    } else if (round === words + FINAL_ROUNDS) {
      into[0] = v1 ^ v3;
      v1 ^= 0xdd;
    } else if (round === words + 2 * FINAL_ROUNDS) {
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
