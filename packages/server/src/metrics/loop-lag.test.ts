import { setTimeout as pause } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { observeLoopLag } from './loop-lag.ts';
import { processMetrics } from './process-metrics.ts';

const lagOf = async (registry: Registry, statistic: string): Promise<number> => {
  const found = await registry.getSingleMetric(`nodejs_eventloop_lag_${statistic}_seconds`)?.get();
  return found?.values[0]?.value ?? Number.NaN;
};

function block(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) {
    // Whatever is due has to wait.
  }
}

test('a loop that is held up again and again shows how late it gets to what is due', async () => {
  const registry = new Registry();
  observeLoopLag(registry);
  expect(await lagOf(registry, 'max'), 'before anything was measured').toBe(0);
  for (let round = 0; round < 10; round++) {
    block(100);
    await pause(1);
  }
  const [min, mean, p50, max] = [
    await lagOf(registry, 'min'),
    await lagOf(registry, 'mean'),
    await lagOf(registry, 'p50'),
    await lagOf(registry, 'max'),
  ];
  // A sample is due 20 ms after the one before, within the next 100 ms of work.
  expect(p50).toBeGreaterThan(0.05);
  expect(max).toBeGreaterThanOrEqual(p50);
  expect(mean).toBeGreaterThanOrEqual(min);
  // Reading the last of them begins anew.
  await lagOf(registry, 'p99');
  expect(await lagOf(registry, 'max')).toBe(0);
});

test('the process has one of each, under the names that prom-client gives them', async () => {
  const names = (await processMetrics().getMetricsAsJSON()).map(({ name }) => name);
  const lags = names.filter((name) => name.startsWith('nodejs_eventloop_lag'));
  expect(lags.sort()).toEqual(
    ['max_', 'mean_', 'min_', 'p50_', 'p90_', 'p99_', '', 'stddev_'].map(
      (statistic) => `nodejs_eventloop_lag_${statistic}seconds`,
    ),
  );
});
