/** Durations of calls, in milliseconds. */
export interface Latencies {
  add(ms: number): void;
  readonly count: number;
  /** @param share From 0 to 1. */
  percentile(share: number): number;
}

/** None so far. Finer than a hundredth of a millisecond nothing is told apart, longer than 10 s nothing either. */
export function latencies(): Latencies {
  const counts = new Uint32Array(1_000_000);
  let count = 0;
  return {
    add(ms) {
      const slot = Math.min(counts.length - 1, Math.floor(ms * 100));
      counts[slot] = (counts[slot] as number) + 1;
      count++;
    },
    get count() {
      return count;
    },
    percentile(share) {
      let left = Math.ceil(count * share);
      for (let slot = 0; slot < counts.length; slot++) {
        left -= counts[slot] as number;
        if (left <= 0) {
          return (slot + 1) / 100;
        }
      }
      throw new RangeError('A percentile of no calls was asked for; expected at least one');
    },
  };
}
