import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TurnoverMap } from './turnover-map.ts';

test('it does what a Map does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ key: fc.nat({ max: 40 }), value: fc.option(fc.nat(), { nil: undefined }) }), {
        maxLength: 3_000,
        size: 'max',
      }),
      (steps) => {
        const map = new TurnoverMap<number, number>();
        const model = new Map<number, number>();
        for (const { key, value } of steps) {
          if (value === undefined) {
            expect(map.delete(key)).toBe(model.delete(key));
          } else {
            map.set(key, value);
            model.set(key, value);
          }
          expect(map.get(key)).toBe(model.get(key));
          expect(map.has(key)).toBe(model.has(key));
          expect(map.size).toBe(model.size);
        }
        expect(map.values()).toEqual([...model.values()]);
      },
    ),
    { numRuns: 20 },
  );
});

test('a value that was undefined is an entry', () => {
  const map = new TurnoverMap<string, undefined>();
  map.set('key', undefined);
  expect(map.has('key')).toBe(true);
  expect(map.delete('key')).toBe(true);
  expect(map.delete('key')).toBe(false);
});

test('what was taken out does not grow old with it', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: { type: 'minor' | 'major' }) => void;
  const map = new TurnoverMap<string, object>();
  const AT_ONCE = 10;
  const ITEMS = 10_000;
  const ITEM_BYTES = 8 * 1024;
  let before = 0;
  for (let at = 0; at < ITEMS; at++) {
    if (at === 200) {
      // The table that is in use by now becomes old.
      collect({ type: 'major' });
      before = oldBytes();
    }
    map.set(`key-${at}`, new Array<number>(ITEM_BYTES / 8).fill(at));
    map.delete(`key-${at - AT_ONCE}`);
    if (at % 500 === 0) {
      collect({ type: 'minor' });
    }
  }
  expect(map.size).toBe(AT_ONCE);
  // Of what goes through a Map it is two fifths.
  expect(oldBytes() - before).toBeLessThan(0.1 * ITEMS * ITEM_BYTES);
});

/** What the old objects take, those that nobody needs any more included. */
function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name.startsWith('old'))
    .reduce((sum, { space_used_size: size }) => sum + size, 0);
}
