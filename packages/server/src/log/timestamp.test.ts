import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime, milliseconds } from './timestamp.ts';

test('any time is what Date makes of it, in whatever order times come', () => {
  const time = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
  fc.assert(
    fc.property(fc.array(fc.tuple(time, fc.integer({ min: 0, max: 2000 }))), (times) => {
      for (const [start, step] of times) {
        for (const now of [start, start + step]) {
          expect(isoTime(now)).toBe(new Date(now).toISOString());
        }
      }
    }),
  );
});

test('a duration is a JSON number, to the microsecond', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (duration) => {
      const text = milliseconds(duration);
      expect(text).toMatch(/^\d+\.\d{3}$/);
      expect(JSON.parse(text)).toBeCloseTo(duration, 2);
    }),
  );
  expect(milliseconds(0.0004)).toBe('0.000');
  expect(milliseconds(0.9996)).toBe('1.000');
  expect(milliseconds(12.3456)).toBe('12.346');
  expect(milliseconds(-3)).toBe('0.000');
});
