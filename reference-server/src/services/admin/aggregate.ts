import type { Distribution } from '@traffic-tacos/server';

/** What to make of the values of a time. */
export type Aggregation =
  | { readonly kind: 'last' | 'sum' | 'avg' | 'min' | 'max' }
  | { readonly kind: 'percentile' /** 0 to 1. */; readonly share: number };

/** What {@link aggregationOf} takes. */
export const AGGREGATIONS = 'last, sum, avg, min, max, or a percentile from p1 to p99.9';

/** Reads what a request asks for; `undefined` for what is no aggregation. */
export function aggregationOf(text: string): Aggregation | undefined {
  switch (text) {
    case '':
      return { kind: 'last' };
    case 'last':
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return { kind: text };
    default: {
      const [, percent] = /^p(\d{1,2}(?:\.\d{1,2})?)$/.exec(text) ?? [];
      const share = Number(percent) / 100;
      return share > 0 ? { kind: 'percentile', share } : undefined;
    }
  }
}

/** Samples of one value, oldest first and at least one, in one number. */
export function ofSamples(samples: readonly number[], aggregation: Aggregation): number {
  const sum = samples.reduce((total, value) => total + value, 0);
  switch (aggregation.kind) {
    case 'last':
      return samples.at(-1) ?? 0;
    case 'sum':
      return sum;
    case 'avg':
      return sum / samples.length;
    case 'min':
      return Math.min(...samples);
    case 'max':
      return Math.max(...samples);
    case 'percentile': {
      const sorted = samples.toSorted((a, b) => a - b);
      return sorted[Math.max(0, Math.ceil(aggregation.share * sorted.length) - 1)] ?? 0;
    }
  }
}

/**
 * Measurements in one number, `undefined` where there were none. A distribution has no last value: it is told by its
 * average. The least, the greatest and percentiles are as exact as the bounds of the ranges.
 */
export function ofDistribution(
  { bounds, counts, sum }: Distribution,
  aggregation: Aggregation,
): number | undefined {
  const count = counts.reduce((total, one) => total + one, 0);
  if (count === 0) {
    return undefined;
  }
  const lower = (range: number): number => bounds[range - 1] ?? 0;
  // Above the last bound nothing is known but that.
  const upper = (range: number): number => bounds[range] ?? bounds.at(-1) ?? 0;
  switch (aggregation.kind) {
    case 'sum':
      return sum;
    case 'last':
    case 'avg':
      return sum / count;
    case 'min':
      return lower(counts.findIndex((one) => one > 0));
    case 'max':
      return upper(counts.findLastIndex((one) => one > 0));
    case 'percentile': {
      let before = 0;
      const rank = aggregation.share * count;
      const range = counts.findIndex((one) => {
        before += one;
        return one > 0 && before >= rank;
      });
      const inRange = counts[range] ?? 1;
      const part = (rank - (before - inRange)) / inRange;
      return lower(range) + (upper(range) - lower(range)) * part;
    }
  }
}

/** The measurements that came between two looks at a distribution. */
export function between(earlier: Distribution | undefined, later: Distribution): Distribution {
  return earlier === undefined
    ? later
    : {
        bounds: later.bounds,
        counts: later.counts.map((count, range) => count - (earlier.counts[range] ?? 0)),
        sum: later.sum - earlier.sum,
      };
}
