import fc from 'fast-check';
import { expect, test } from 'vitest';
import { earlyGuests } from './early-guests.ts';

test('counts the places of each origin that still wait, in any history', () => {
  const step = fc.oneof(
    fc.record({ origin: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ ends: fc.nat({ max: 40 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new Map<number, string>();
      const guests = earlyGuests((sequence) => model.has(sequence));
      for (const [index, each] of steps.entries()) {
        if ('origin' in each) {
          model.set(index, each.origin);
          guests.add(each.origin, index);
        } else {
          model.delete(each.ends);
        }
        for (const origin of ['a', 'b', 'c']) {
          expect(guests.count(origin)).toBe([...model.values()].filter((one) => one === origin).length);
        }
      }
    }),
  );
});

test('origins without a place are forgotten, however many come and go', () => {
  let waiting = Number.POSITIVE_INFINITY;
  const guests = earlyGuests((sequence) => sequence >= waiting);
  for (let sequence = 0; sequence < 50_000; sequence++) {
    waiting = sequence - 10;
    guests.add(`origin ${sequence}`, sequence);
  }
  expect(guests.size()).toBeLessThan(2_100);
});
