import { performance } from 'node:perf_hooks';
/** How many lines of the same kind were left out since the last one; `undefined` for one that is left out itself. */
export type Sample = () => number | undefined;

/** Milliseconds for which one line stands for all of its kind. */
const PERIOD_MS = 1000;

/**
 * One line a second of those that come by the thousand when there is too much of something.
 *
 * @param now - milliseconds of a clock that never goes back
 */
export function createSample(now: () => number = () => performance.now()): Sample {
  let next = Number.NEGATIVE_INFINITY;
  let leftOut = 0;
  return () => {
    const at = now();
    if (at < next) {
      leftOut += 1;
      return undefined;
    }
    next = at + PERIOD_MS;
    const count = leftOut;
    leftOut = 0;
    return count;
  };
}
