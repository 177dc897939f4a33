import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lapseWheel } from './lapse-wheel.ts';
import { placeEntries } from './place-entries.ts';

const step = fc.record({
  add: fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 3 }),
  pass: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 200, max: 2_000 })),
});

test('everything is visited until it is due, is taken out then, and is not late', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(1_000), (steps, start) => {
      const entries = placeEntries();
      const wheel = lapseWheel(entries, start);
      const due = new Map<number, number>();
      let now = start;
      let last = 0;
      for (const { add, pass } of steps) {
        for (const wait of add) {
          last++;
          entries.open(last);
          wheel.add(last, now + wait);
          due.set(last, now + wait);
        }
        now += pass;
        wheel.fire(now, (sequence) => {
          const at = due.get(sequence) as number;
          expect(wheel.has(sequence)).toBe(true);
          if (at > now) {
            return at;
          }
          due.delete(sequence);
          return undefined;
        });
        for (const [sequence, at] of due) {
          expect(at).toBeGreaterThan(now);
          expect(wheel.has(sequence)).toBe(true);
        }
      }
    }),
  );
});

test('a chunk is forgotten when nobody holds it and the wheel has let go', () => {
  const entries = placeEntries();
  const wheel = lapseWheel(entries, 0);
  entries.open(1);
  wheel.add(1, 10);
  entries.release(1);
  expect(entries.find(1)).toBeDefined();
  wheel.fire(10, () => undefined);
  expect(entries.find(1)).toBeUndefined();
  expect(() => entries.at(1)).toThrow(/forgotten/);
});
