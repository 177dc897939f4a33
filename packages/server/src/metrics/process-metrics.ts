import { collectDefaultMetrics, Registry } from 'prom-client';
import { observeLoopLag } from './loop-lag.ts';

let shared: Registry | undefined;

/**
 * CPU, memory, garbage collection, event loop lag and the like. They are figures of the process, not of a server,
 * and what measures them cannot be taken off again, so all servers of a process share them.
 */
export function processMetrics(): Registry {
  if (shared === undefined) {
    shared = new Registry();
    // Its own way to measure the lag wakes the process every 10 ms, work or none: it is told to wait for ever.
    collectDefaultMetrics({ register: shared, eventLoopMonitoringPrecision: 2 ** 31 - 1 });
    for (const statistic of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99']) {
      shared.removeSingleMetric(`nodejs_eventloop_lag_${statistic}_seconds`);
    }
    observeLoopLag(shared);
  }
  return shared;
}
