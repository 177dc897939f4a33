import fc from 'fast-check';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { expect, test } from 'vitest';
import { createMetrics } from './index.ts';

test('the figures of methods, of an application and of the process are read as numbers', async () => {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'sold_total', help: 'Sold', labelNames: ['what'], registers }).inc({ what: 'tea' }, 3);
  new Gauge({ name: 'open', help: 'Open', registers }).set(-2);
  new Histogram({ name: 'weight', help: 'Weight', buckets: [1, 5], registers }).observe(4);
  new Summary({ name: 'height', help: 'Height', percentiles: [0.5], registers }).observe(7);
  const metrics = createMetrics({ registry, buckets: [0.01, 0.1] });
  const lend = metrics.method('library.v1.LibraryService', 'LendBook');
  lend.record(0, 0.003);
  lend.record(5, 7);
  const families = new Map((await metrics.read()).map((family) => [family.name, family]));

  expect(families.get('grpc_call_duration_seconds')).toEqual({
    name: 'grpc_call_duration_seconds',
    type: 'histogram',
    series: [
      {
        labels: { service: 'library.v1.LibraryService', method: 'LendBook' },
        value: { bounds: [0.01, 0.1], counts: [1, 0, 1], sum: 7.003 },
      },
    ],
  });
  expect(families.get('grpc_calls_total')).toMatchObject({
    type: 'counter',
    series: [
      { labels: { method: 'LendBook', origin: 'client', code: 'OK' }, value: 1 },
      { labels: { method: 'LendBook', code: 'NOT_FOUND' }, value: 1 },
    ],
  });
  expect(families.get('sold_total')).toEqual({
    name: 'sold_total',
    type: 'counter',
    series: [{ labels: { what: 'tea' }, value: 3 }],
  });
  expect(families.get('open')).toEqual({ name: 'open', type: 'gauge', series: [{ labels: {}, value: -2 }] });
  expect(families.get('weight')).toEqual({
    name: 'weight',
    type: 'histogram',
    series: [{ labels: {}, value: { bounds: [1, 5], counts: [0, 1, 0], sum: 4 } }],
  });
  expect(families.get('height')).toMatchObject({
    type: 'gauge',
    series: expect.arrayContaining([{ labels: { quantile: '0.5' }, value: 7 }]),
  });
  expect(families.get('process_start_time_seconds')?.series).toHaveLength(1);
});

test('a histogram of prom-client is read as it was observed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40 })), async (values) => {
      const registry = new Registry();
      const bounds = [5, 10, 20];
      const histogram = new Histogram({ name: 'h', help: 'h', buckets: bounds, registers: [registry] });
      values.forEach((value) => {
        histogram.observe(value);
      });
      const [family] = await createMetrics({ registry, process: false })
        .read()
        .then((all) => all.filter(({ name }) => name === 'h'));
      const counts = [0, 0, 0, 0];
      for (const value of values) {
        const at = bounds.findIndex((bound) => value <= bound);
        counts[at < 0 ? 3 : at] = (counts[at < 0 ? 3 : at] ?? 0) + 1;
      }
      expect(family?.series).toEqual([
        { labels: {}, value: { bounds, counts, sum: values.reduce((sum, value) => sum + value, 0) } },
      ]);
    }),
  );
});
