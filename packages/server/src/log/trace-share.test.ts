import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceShare } from './index.ts';

const traceId = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

test('a share holds all traces of a smaller one', () => {
  fc.assert(
    fc.property(traceId, share, share, (id, one, other) => {
      const [small, large] = one < other ? [one, other] : [other, one];
      if (traceShare(small)(id)) {
        expect(traceShare(large)(id)).toBe(true);
      }
    }),
  );
});

test('a share is as large as it says', () => {
  const ids = Array.from(
    { length: 4096 },
    (_, number) => `ffffffffffffffffff${number.toString(16).padStart(3, '0').padEnd(14, '7')}`,
  );
  for (const size of [0, 0.001, 0.1, 0.5, 0.9, 1]) {
    const inShare = traceShare(size);
    expect(Math.abs(ids.filter(inShare).length - size * ids.length)).toBeLessThanOrEqual(1);
  }
});

test.each([-0.1, 1.1, Number.NaN])('what is no share is refused: %s', (size) => {
  expect(() => traceShare(size)).toThrow(/the share of traces is .*; expected a number from 0 to 1/);
});
