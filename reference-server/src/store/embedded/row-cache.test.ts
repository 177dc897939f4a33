import fc from 'fast-check';
import { expect, test } from 'vitest';
import { absentRow, type Row } from './row.ts';
import { createRowCaches } from './row-cache.ts';

const CAPACITY = 2;
const NEVER = Number.NEGATIVE_INFINITY;
const key = fc.integer({ min: 0, max: 40 }).map((at) => String(at).padStart(2, '0'));
const step = fc.record({
  do: fc.constantFrom('use', 'use', 'insert', 'insert', 'remove', 'trim', 'wait', 'go back', 'reap'),
  key,
  ms: fc.nat({ max: 5 }),
});
const SORTED = { shortLived: false, unsortedKeys: false };
const shape = fc.record({ shortLived: fc.boolean(), unsortedKeys: fc.boolean() });

test('a row in the file is in the cache, or may be missed by it, whatever was used, forgotten and deleted', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.option(key), shape, (steps, before, shape) => {
      let now = 0;
      /** When each row may be deleted. */
      const inFile = new Map(before === null ? [] : [[before, 3]]);
      const caches = createRowCaches(CAPACITY);
      const cache = caches.create(shape, { lastKey: before ?? '', lastEnd: before === null ? NEVER : 3 });
      const find = (key: string): Row => {
        const known = cache.get(key);
        if (known !== undefined) {
          return known;
        }
        const isThere = inFile.has(key);
        expect(isThere && !cache.mayMiss(key)).toBe(false);
        const row = { ...absentRow(key, []), id: isThere ? 1 : 0, expiresAt: inFile.get(key) ?? Infinity };
        cache.add(row);
        return row;
      };
      for (const { do: what, key, ms } of steps) {
        switch (what) {
          case 'use':
            find(key);
            break;
          case 'insert':
            Object.assign(find(key), { id: 1, expiresAt: now + ms });
            inFile.set(key, now + ms);
            break;
          case 'remove':
            inFile.delete(key);
            cache.remove(key);
            break;
          case 'trim':
            caches.trim();
            break;
          case 'wait':
            now += ms;
            break;
          case 'go back':
            now -= ms;
            break;
          case 'reap': {
            const ended = [...inFile].filter(([, end]) => end <= now).slice(0, ms + 1);
            for (const [key] of ended) {
              inFile.delete(key);
              cache.remove(key);
            }
            if (ended.length <= ms) {
              cache.deleted(now);
            }
          }
        }
      }
      for (const key of inFile.keys()) {
        expect(cache.get(key) !== undefined || cache.mayMiss(key)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a key after all that was in the file and all that was forgotten is not missed, whether or not rows are kept', () => {
  const caches = createRowCaches(CAPACITY);
  const cache = caches.create(SORTED, { lastKey: '05', lastEnd: NEVER });
  expect([cache.mayMiss('05'), cache.mayMiss('06')]).toStrictEqual([true, false]);
  for (let at = 10; at < 30; at++) {
    cache.add({ ...absentRow(String(at), []), id: at });
    caches.trim();
  }
  expect([cache.get('10'), cache.mayMiss('10')]).toStrictEqual([undefined, true]);
  expect([cache.get('30'), cache.mayMiss('30')]).toStrictEqual([undefined, false]);
});

test('where keys come in no order, one that is before those that were forgotten is not missed either', () => {
  const caches = createRowCaches(CAPACITY);
  const cache = caches.create({ shortLived: false, unsortedKeys: true }, { lastKey: '05', lastEnd: NEVER });
  for (const key of ['90', '20', '40', '91', '92', '93']) {
    cache.add({ ...absentRow(key, []), id: 1 });
    caches.trim();
  }
  expect(['05', '20', '30', '40', '90', '95'].filter(cache.mayMiss)).toStrictEqual(['05', '20', '40', '90']);
});

test('rows that end are not missed once they have been deleted, in whatever order their keys come', () => {
  const MANY = 20_000;
  const caches = createRowCaches(CAPACITY);
  const cache = caches.create({ shortLived: true, unsortedKeys: false }, { lastKey: '', lastEnd: NEVER });
  const keys = (from: number): string[] =>
    Array.from({ length: MANY }, (_, at) => `${((from + at) * 7919) % 1_000_003} key`);
  const forgetAll = (some: readonly string[], expiresAt: number): void => {
    for (const key of some) {
      cache.add({ ...absentRow(key, []), id: 1, expiresAt });
      caches.trim();
    }
  };
  const missed = (some: readonly string[]): number => some.filter(cache.mayMiss).length;
  const [first, second, third] = [keys(0), keys(MANY), keys(2 * MANY)];
  forgetAll(first, 100);
  expect(missed(first)).toBeGreaterThan(MANY - 5);
  expect(missed(second)).toBeLessThan(MANY / 50);
  cache.deleted(99);
  forgetAll(second, 200);
  expect(missed(first)).toBeGreaterThan(MANY - 5);
  cache.deleted(100);
  forgetAll(third, 300);
  // Those of the first ones that were taken note of together with later ones are remembered with these.
  expect(missed(first.slice(0, MANY / 2))).toBeLessThan(MANY / 50);
  expect(missed(second)).toBeGreaterThan(MANY - 5);
});
