/** Nobody is asked to ask more often than this, in milliseconds. */
const SHORTEST_MS = 1_000;

/** Farther back than a quarter of an hour it makes no difference. */
const LONGEST_MS = 30_000;

/** Questions that may get lost before a place lapses. */
const SPARE_POLLS = 3;

/**
 * Milliseconds after which asking again is worth it: 1 s at the front, 10 s at a distance of 100, 30 s from
 * 900 on.
 *
 * @param distance Seconds until the turn; where they are not known, places.
 * @param waitingTtlMs Milliseconds after which a place lapses that nobody asks for.
 */
export function nextPollMs(distance: number, waitingTtlMs: number): number {
  const longest = Math.min(LONGEST_MS, waitingTtlMs / (SPARE_POLLS + 1));
  return Math.floor(Math.min(longest, Math.max(SHORTEST_MS, SHORTEST_MS * Math.sqrt(distance))));
}
