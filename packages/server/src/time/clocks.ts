import { performance } from 'node:perf_hooks';

/** What the clocks said: the steady one last, and both of them when the system's was last asked. */
const said = new Float64Array(3);
const STEADY = 0;
const STEADY_THEN = 1;
const SYSTEM_THEN = 2;

let isShared = false;

/**
 * From here to {@link endSharing} everybody gets the same time until somebody measures it. Asking a clock takes as long
 * as some policies do, and a call asks in a dozen places: so calls that are served right after each other in one go share
 * what was measured when the one before was over. Everything between the two has to happen at once.
 */
export function shareTime(): void {
  isShared = true;
  said.fill(Number.NaN);
}

/** Everybody asks the clocks again. */
export function endSharing(): void {
  isShared = false;
}

/** Milliseconds on a clock that never goes back: when something begins. */
export function steadyTime(): number {
  if (!isShared) {
    return performance.now();
  }
  const steady = said[STEADY] as number;
  return Number.isNaN(steady) ? measureTime() : steady;
}

/** The same clock, asked in any case: when something that takes time is over, or is left to go on by itself. */
export function measureTime(): number {
  const steady = performance.now();
  said[STEADY] = steady;
  return steady;
}

/**
 * Epoch milliseconds by the system's clock: `Date.now`, shared by calls that are served right after each other. It stands
 * still until the code that asks has come to an end, or waits for something: who measures how long that takes, or waits in
 * a loop for a time to come, asks `Date.now`.
 */
export function systemTime(): number {
  if (!isShared) {
    return Date.now();
  }
  if (Number.isNaN(said[SYSTEM_THEN] as number)) {
    // In this order: whatever happens between the two, what is told is never ahead.
    said[SYSTEM_THEN] = Date.now();
    said[STEADY_THEN] = measureTime();
  }
  return (said[SYSTEM_THEN] as number) + Math.floor(steadyTime() - (said[STEADY_THEN] as number));
}
