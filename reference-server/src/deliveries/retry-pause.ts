/** Bound of the pause between two tries, in milliseconds. */
const MAX_PAUSE_MS = 60_000;

/** Pause after the first try that failed, before the spread. */
const FIRST_PAUSE_MS = 200;

/**
 * Milliseconds until work that has failed is tried again: doubles from 200 ms to one minute, less up to a half, so
 * that what failed together does not come back together.
 *
 * @param failures Tries that failed so far, from 1.
 * @param random An even draw from [0, 1).
 */
export function retryPause(failures: number, random: number): number {
  const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(pause * (1 - random / 2));
}
