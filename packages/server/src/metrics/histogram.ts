/**
 * Upper bounds of latency buckets in seconds: fine below 10 ms, where most calls are, and with a bound at the
 * deadlines that contracts use (100 ms, 250 ms, 500 ms, 600 ms, 3 s).
 */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.6, 1, 3, 10,
];

/** Upper bounds of buckets in seconds for streams, which stay open on purpose: up to an hour. */
export const STREAM_BUCKETS: readonly number[] = [0.1, 1, 10, 60, 300, 900, 1800, 3600];

/**
 * Counts by bucket, not cumulated: one for each bound, one for what is above the last one, and then the sum of all
 * values. A flat array of numbers, because observing a value is on the path of every call.
 */
export type Cells = Float64Array;

/** Bounds of buckets in the form that observing reads. */
export type Bounds = Float64Array;

/** @throws RangeError for bounds that are not finite, above 0 and ascending */
export function boundsOf(buckets: readonly number[]): Bounds {
  buckets.forEach((bound, index) => {
    if (!(Number.isFinite(bound) && bound > (buckets[index - 1] ?? 0))) {
      throw new RangeError(
        `buckets[${index}] is ${bound}; expected a number of seconds above ${buckets[index - 1] ?? 0}`,
      );
    }
  });
  return Float64Array.from(buckets);
}

/** Cells without a value. */
export function emptyCells(bounds: Bounds): Cells {
  return new Float64Array(bounds.length + 2);
}

/** Adds one value in seconds. What is no time counts as none. */
export function observe(cells: Cells, bounds: Bounds, seconds: number): void {
  const value = Number.isNaN(seconds) ? 0 : Math.max(0, seconds);
  const last = bounds.length;
  let bucket = 0;
  while (bucket < last && value > (bounds[bucket] as number)) {
    bucket++;
  }
  cells[bucket] = (cells[bucket] as number) + 1;
  cells[last + 1] = (cells[last + 1] as number) + value;
}
