import type { Distribution, MetricFamily, Metrics } from '@traffic-tacos/server';

/** One value of one series. */
export type MetricValue = number | Distribution;

/** All metrics at one time. */
export interface MetricSample {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly families: readonly MetricFamily[];
  /** Values by series, see {@link seriesKey}. */
  readonly values: ReadonlyMap<string, MetricValue>;
}

/** The metrics of the last half hour, looked at every 15 s. */
export interface MetricHistory {
  /** The metrics as they are now. */
  look(): Promise<MetricSample>;
  /** Looks at the metrics, and keeps what it sees. */
  sample(): Promise<MetricSample>;
  /** Whether nothing that was seen has been forgotten. */
  readonly isWhole: boolean;
  /** What was seen, oldest first. */
  samples(): readonly MetricSample[];
  start(): void;
  stop(): void;
}

/** Milliseconds between two samples. */
const PERIOD_MS = 15_000;
/** Samples that are kept: half an hour. */
const KEPT = 120;

/** What a series is known by. */
export function seriesKey(metric: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([metric, labels]);
}

/** A history of nothing yet. Values that have not changed since the sample before are kept once. */
export function metricHistory(
  metrics: Pick<Metrics, 'read'>,
  clock: () => number,
  onFailure: (error: unknown) => void,
): MetricHistory {
  let kept: MetricSample[] = [];
  let isWhole = true;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<MetricSample> => {
    const families = await metrics.read();
    const before = kept.at(-1)?.values;
    const values = new Map<string, MetricValue>();
    for (const { name, series } of families) {
      for (const { labels, value } of series) {
        const key = seriesKey(name, labels);
        const earlier = before?.get(key);
        values.set(key, earlier !== undefined && isSame(earlier, value) ? earlier : value);
      }
    }
    return { at: clock(), families, values };
  };

  const sample = async (): Promise<MetricSample> => {
    const seen = await look();
    isWhole = isWhole && kept.length < KEPT;
    // Families are needed of the newest only.
    kept = [...kept.slice(1 - KEPT).map(({ at, values }) => ({ at, values, families: [] })), seen];
    return seen;
  };

  return {
    get isWhole() {
      return isWhole;
    },
    look,
    sample,
    samples: () => kept,
    start() {
      timer ??= setInterval(() => void sample().catch(onFailure), PERIOD_MS).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function isSame(a: MetricValue, b: MetricValue): boolean {
  if (typeof a === 'number' || typeof b === 'number') {
    return a === b;
  }
  return a.sum === b.sum && a.counts.every((count, range) => count === b.counts[range]);
}
