import { createHistogram, performance } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** Milliseconds between two samples while the process has work, and while it mostly sleeps. */
const BUSY_MS = 20;
const IDLE_MS = 250;

/** Share of its time that the event loop works in a busy process, at least. */
const BUSY_SHARE = 0.1;

/**
 * Adds how late the event loop gets to what is due, since the values were last read: gauges under the names that
 * prom-client gives them. A process with nothing to do is not woken for it more than a few times a second; what is
 * measured keeps no process alive.
 */
export function observeLoopLag(registry: Registry): void {
  const lags = createHistogram();
  let used = performance.eventLoopUtilization();
  let dueAt = 0;

  const schedule = (ms: number): void => {
    dueAt = performance.now() + ms;
    setTimeout(sample, ms).unref();
  };
  function sample(): void {
    lags.record(Math.max(1, Math.round((performance.now() - dueAt) * 1e6)));
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, used);
    used = now;
    schedule(utilization < BUSY_SHARE ? IDLE_MS : BUSY_MS);
  }
  schedule(BUSY_MS);

  const show = (statistic: string, what: string, read: () => number, then = (): void => undefined): void => {
    new Gauge({
      name: `nodejs_eventloop_lag_${statistic}_seconds`,
      help: `How late the event loop was since this was last read: ${what}`,
      registers: [registry],
      collect() {
        this.set(lags.count === 0 ? 0 : read() / 1e9);
        then();
      },
    });
  };
  show('min', 'the least', () => lags.min);
  show('max', 'the most', () => lags.max);
  show('mean', 'the mean', () => lags.mean);
  show('stddev', 'the standard deviation', () => lags.stddev);
  show('p50', 'the median', () => lags.percentile(50));
  show('p90', 'the 90th percentile', () => lags.percentile(90));
  // They are read in this order.
  show(
    'p99',
    'the 99th percentile',
    () => lags.percentile(99),
    () => lags.reset(),
  );
}
