import { performance } from 'node:perf_hooks';
import { Counter, Histogram, type Registry } from 'prom-client';
import { ConditionFailed, type Store } from './store/index.ts';

/** Seconds: a commit takes some 0.1 ms on a local disk and 1 to 10 ms on a cloud disk; beyond that it waits. */
const BUCKETS = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** A store whose transactions are counted and timed, from the call until they are on disk. */
export function observedStore(store: Store, registry: Registry): Store {
  const registers = [registry];
  const durations = new Histogram({
    name: 'store_transaction_duration_seconds',
    help: 'Duration of transactions of the store until they are durable',
    buckets: BUCKETS,
    registers,
  });
  const transactions = new Counter({
    name: 'store_transactions_total',
    help: 'Transactions of the store: committed, refused because of a condition, or failed',
    labelNames: ['outcome'],
    registers,
  });
  const [committed, refused, failed] = ['committed', 'refused', 'failed'].map((outcome) => {
    const child = transactions.labels(outcome);
    // A rate needs a zero to start from.
    child.inc(0);
    return child;
  }) as [Counter.Internal, Counter.Internal, Counter.Internal];
  return {
    ...store,
    transact(writes) {
      const startedAt = performance.now();
      const ended = (outcome: Counter.Internal): void => {
        outcome.inc();
        durations.observe((performance.now() - startedAt) / 1000);
      };
      return store.transact(writes).then(
        (done) => {
          ended(committed);
          return done;
        },
        (error: unknown) => {
          ended(error instanceof ConditionFailed ? refused : failed);
          throw error;
        },
      );
    },
  };
}
