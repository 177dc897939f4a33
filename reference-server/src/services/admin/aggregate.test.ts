import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aggregationOf, between, ofDistribution, ofSamples } from './aggregate.ts';

const of = (text: string) => aggregationOf(text) ?? expect.unreachable(text);

test.each(['median', 'p', 'p0', 'p100', 'P95', 'p99.999', 'avg '])('%s is no aggregation', (text) => {
  expect(aggregationOf(text)).toBeUndefined();
});

test('samples in one number', () => {
  const samples = [4, 1, 3, 2];
  const told = ['', 'last', 'sum', 'avg', 'min', 'max', 'p50', 'p75', 'p99.9'].map((text) =>
    ofSamples(samples, of(text)),
  );
  expect(told).toEqual([2, 2, 10, 2.5, 1, 4, 2, 3, 4]);
});

const bounds = [1, 2, 4, 8];
const distributionOf = (values: readonly number[]) => {
  const counts = [0, 0, 0, 0, 0];
  for (const value of values) {
    const at = bounds.findIndex((bound) => value <= bound);
    counts[at < 0 ? 4 : at] = (counts[at < 0 ? 4 : at] ?? 0) + 1;
  }
  return { bounds, counts, sum: values.reduce((sum, value) => sum + value, 0) };
};

test('measurements in one number', () => {
  const distribution = distributionOf([0.5, 1.5, 1.5, 3]);
  expect(ofDistribution(distribution, of('sum'))).toBe(6.5);
  expect(ofDistribution(distribution, of(''))).toBe(6.5 / 4);
  expect(ofDistribution(distribution, of('min'))).toBe(0);
  expect(ofDistribution(distribution, of('max'))).toBe(4);
  expect(ofDistribution(distribution, of('p50'))).toBe(1.5);
  expect(ofDistribution(distribution, of('p75'))).toBe(2);
  expect(ofDistribution(distributionOf([100]), of('p99'))).toBe(8);
  expect(ofDistribution(distributionOf([]), of('avg'))).toBeUndefined();
});

const someValues = fc.array(fc.double({ min: 0.001, max: 8, noNaN: true }), { minLength: 1 });

test('a percentile lies in the range of the measurement that has this rank', () => {
  fc.assert(
    fc.property(someValues, fc.integer({ min: 1, max: 99 }), (values, percent) => {
      const exact =
        values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)] ?? 0;
      const told = ofDistribution(distributionOf(values), of(`p${percent}`)) ?? Number.NaN;
      const range = bounds.findIndex((bound) => exact <= bound);
      expect(told).toBeGreaterThanOrEqual(bounds[range - 1] ?? 0);
      expect(told).toBeLessThanOrEqual(bounds[range] ?? 8);
    }),
  );
});

test('what came between two looks is what was measured between them', () => {
  fc.assert(
    fc.property(someValues, someValues, (first, then) => {
      const found = between(distributionOf(first), distributionOf([...first, ...then]));
      expect(found.counts).toEqual(distributionOf(then).counts);
      expect(found.sum).toBeCloseTo(distributionOf(then).sum, 6);
    }),
  );
});
