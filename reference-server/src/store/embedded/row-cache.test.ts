import fc from 'fast-check';
import { expect, test } from 'vitest';
import { absentRow } from './row.ts';
import { createRowCaches } from './row-cache.ts';

const CAPACITY = 2;
const key = fc.integer({ min: 0, max: 40 }).map((at) => String(at).padStart(2, '0'));
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('use', 'insert', 'remove'), key }),
  fc.record({ do: fc.constant('trim'), key }),
);

test('a row in the file is in the cache, or may be missed by it, whatever was used and forgotten', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.option(key), (steps, before) => {
      const inFile = new Set(before === null ? [] : [before]);
      const caches = createRowCaches(CAPACITY);
      const cache = caches.create(before ?? '');
      for (const { do: what, key } of steps) {
        if (what === 'trim') {
          caches.trim();
          continue;
        }
        if (what === 'remove') {
          inFile.delete(key);
          cache.remove(key);
          continue;
        }
        const row = cache.get(key) ?? absentRow(key, []);
        if (what === 'insert') {
          inFile.add(key);
        }
        row.id = inFile.has(key) ? 1 : 0;
        cache.add(row);
      }
      for (const key of inFile) {
        expect(cache.get(key) !== undefined || cache.mayMiss(key)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a key after all that was in the file and all that was forgotten is not missed, whether or not rows are kept', () => {
  const caches = createRowCaches(CAPACITY);
  const cache = caches.create('05');
  expect([cache.mayMiss('05'), cache.mayMiss('06')]).toStrictEqual([true, false]);
  for (let at = 10; at < 30; at++) {
    cache.add({ ...absentRow(String(at), []), id: at });
    caches.trim();
  }
  expect([cache.get('10'), cache.mayMiss('10')]).toStrictEqual([undefined, true]);
  expect([cache.get('30'), cache.mayMiss('30')]).toStrictEqual([undefined, false]);
});
