import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomHashKey, shortHash } from './short-hash.ts';

/** HalfSipHash with 64 bits, one compression and three final rounds, byte by byte as its definition has it. */
function defined([k0 = 0, k1 = 0]: Int32Array, bytes: Buffer): number[] {
  const v = [k0, k1 ^ 0xee, 0x6c796765 ^ k0, 0x74656462 ^ k1];
  const get = (at: number): number => v[at] as number;
  const rotate = (at: number, by: number): void => {
    v[at] = (get(at) << by) | (get(at) >>> (32 - by));
  };
  const half = (a: number, b: number, by: number): void => {
    v[a] = (get(a) + get(b)) | 0;
    rotate(b, by);
    v[b] = get(b) ^ get(a);
  };
  const round = (): void => {
    half(0, 1, 5);
    rotate(0, 16);
    half(2, 3, 8);
    half(0, 3, 7);
    half(2, 1, 13);
    rotate(2, 16);
  };
  const end = bytes.length - (bytes.length % 4);
  const last = Buffer.alloc(4);
  bytes.copy(last, 0, end);
  last[3] = bytes.length;
  for (let at = 0; at <= end; at += 4) {
    const word = at < end ? bytes.readInt32LE(at) : last.readInt32LE();
    v[3] = get(3) ^ word;
    round();
    v[0] = get(0) ^ word;
  }
  const finish = (at: number, mark: number): number => {
    v[at] = get(at) ^ mark;
    round();
    round();
    round();
    return get(1) ^ get(3);
  };
  return [finish(2, 0xee), finish(1, 0xdd)];
}

test('is the hash that it says it is', () => {
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(word, word, fc.string({ unit: 'binary', maxLength: 300 }), (k0, k1, text) => {
      const key = Int32Array.of(k0, k1);
      const found = new Int32Array(2);
      shortHash(key, text, found);
      expect([...found]).toEqual(defined(key, Buffer.from(text)));
    }),
  );
});

test('SECURITY 19: which keys share a place in the table is different in each table, and nobody knows where', () => {
  const hashes = Array.from({ length: 100 }, () => {
    const found = new Int32Array(2);
    shortHash(randomHashKey(), 'a key', found);
    return found.join();
  });
  expect(new Set(hashes).size).toBe(100);
});
