import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fullJitterMs } from './backoff.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('a pause lies between 0 and a bound that doubles up to the maximum', () => {
  fc.assert(
    fc.property(
      fc.nat(5_000),
      fc.nat(5_000),
      fc.integer({ min: 1, max: 2_000 }),
      chance,
      (first, max, n, r) => {
        const pause = fullJitterMs({ initialBackoffMs: first, maxBackoffMs: max }, n, r);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThanOrEqual(Math.min(max, first === 0 ? 0 : first * 2 ** (n - 1)));
      },
    ),
  );
});

test('chance spreads pauses over the whole range, not around its middle', () => {
  const backoff = { initialBackoffMs: 50, maxBackoffMs: 1000 };
  expect([1, 2, 3, 9].map((n) => fullJitterMs(backoff, n, 0))).toEqual([0, 0, 0, 0]);
  expect([1, 2, 3, 9].map((n) => fullJitterMs(backoff, n, 0.5))).toEqual([25, 50, 100, 500]);
  expect([1, 2, 3, 9].map((n) => Math.round(fullJitterMs(backoff, n, 0.999999)))).toEqual([
    50, 100, 200, 1000,
  ]);
});
