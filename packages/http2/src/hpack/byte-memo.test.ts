import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteMemo, hashOf } from './byte-memo.ts';

const LIMITS = { slots: 8, maxKeyBytes: 400, maxBytes: 2000 };

function find(memo: ByteMemo<string>, key: Buffer): string | undefined {
  return memo.find(hashOf(key, 0, key.length), key, 0, key.length);
}

function keep(memo: ByteMemo<string>, key: Buffer, value: string): void {
  memo.keep(hashOf(key, 0, key.length), key, 0, key.length, value, value.length);
}

function slotOf(key: Buffer): number {
  return hashOf(key, 0, key.length) % LIMITS.slots;
}

/** Two short keys with one hash. */
function collision(): [Buffer, Buffer] {
  const keys = new Map<number, Buffer>();
  for (let number = 0; ; number++) {
    const key = Buffer.alloc(6);
    key.writeUInt32LE(Math.imul(number, 0x9e3779b1) >>> 0, number % 3);
    const hash = hashOf(key, 0, key.length);
    const other = keys.get(hash);
    if (other !== undefined && !other.equals(key)) {
      return [other, key];
    }
    keys.set(hash, key);
  }
}

/** A key of which not every octet is hashed, and one that differs in such an octet. */
function longCollision(): [Buffer, Buffer] {
  const key = Buffer.alloc(300, 'k');
  const other = Buffer.from(key);
  other[298] = 'K'.charCodeAt(0);
  return [key, other];
}

test('what came once is not kept, what came twice is', () => {
  const memo = new ByteMemo<string>(LIMITS);
  const key = Buffer.from('key');
  keep(memo, key, 'value');
  expect(find(memo, key)).toBeUndefined();
  expect(memo.bytes).toBe(0);
  keep(memo, key, 'value');
  expect(find(memo, key)).toBe('value');
});

test('keys that come once are not kept, however alike they are', () => {
  const memo = new ByteMemo<string>(LIMITS);
  for (let at = 0; at < 150; at++) {
    const key = Buffer.alloc(150, 'k');
    key[at] = 'K'.charCodeAt(0);
    keep(memo, key, 'value');
  }
  expect(memo.bytes).toBe(0);
});

test('a key is not what its memory becomes', () => {
  const memo = new ByteMemo<string>(LIMITS);
  const key = Buffer.from('key');
  keep(memo, key, 'value');
  keep(memo, key, 'value');
  key[0] = 'K'.charCodeAt(0);
  expect(find(memo, key)).toBeUndefined();
  expect(find(memo, Buffer.from('key'))).toBe('value');
});

test.each([
  ['short', collision],
  ['long', longCollision],
])('%s keys that have the same hash are not the same', (_length, pair) => {
  const [one, other] = pair();
  expect(hashOf(one, 0, one.length)).toBe(hashOf(other, 0, other.length));
  const memo = new ByteMemo<string>(LIMITS);
  keep(memo, one, 'one');
  keep(memo, one, 'one');
  expect(find(memo, other)).toBeUndefined();
  // The other one takes the place when it alone is of use.
  for (let times = 0; times < 8; times++) {
    keep(memo, other, 'other');
  }
  expect(find(memo, other)).toBe('other');
  expect(find(memo, one)).toBeUndefined();
});

test('of two keys in turns that want one place, the first one stays', () => {
  const memo = new ByteMemo<string>(LIMITS);
  const [one, other] = ['a', ...'bcdefghijklmnopqrstuvwxyz']
    .map((text) => Buffer.from(text))
    .filter((key, _, all) => slotOf(key) === slotOf(all[0] as Buffer)) as [Buffer, Buffer];
  keep(memo, one, 'one');
  keep(memo, one, 'one');
  for (let times = 0; times < 20; times++) {
    expect(find(memo, one)).toBe('one');
    expect(find(memo, other)).toBeUndefined();
    keep(memo, other, 'other');
  }
});

test('holds what came last for a key, or nothing, and never more than it may', () => {
  const keys = fc.array(
    fc.nat({ max: 20 }).map((length) => Buffer.alloc(15 * length, 'x')),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(keys, (list) => {
      const memo = new ByteMemo<string>(LIMITS);
      for (const [at, key] of list.entries()) {
        const value = `${at}`.repeat(key.length + 1);
        keep(memo, key, value);
        expect(memo.bytes).toBeLessThanOrEqual(LIMITS.maxBytes);
        expect([undefined, value]).toContain(find(memo, key));
      }
    }),
  );
});
