/** When deliveries that failed are tried again. */
export interface RetrySchedule {
  /** Milliseconds before the first retry; each further pause is three times the one before. */
  readonly firstPauseMs: number;
}

/** Bound of the pause between two tries: 6 h. */
export const MAX_PAUSE_MS = 6 * 60 * 60 * 1000;

const GROWTH = 3;

/**
 * Milliseconds until the next try: growing pauses, of each of which chance takes away up to half, so that what failed
 * together does not come back together. A receiver that asks for more time gets it, within the bound.
 *
 * @param failed - tries that have failed so far, at least 1
 * @param random - evenly from [0, 1)
 * @param retryAfterMs - what the receiver asks for
 */
export function pauseAfter(
  failed: number,
  { firstPauseMs }: RetrySchedule,
  random: number,
  retryAfterMs = 0,
): number {
  const pause = Math.min(MAX_PAUSE_MS, firstPauseMs * GROWTH ** Math.min(failed - 1, 30));
  const asked = Math.min(MAX_PAUSE_MS, retryAfterMs);
  return Math.max(asked, Math.round(pause * (1 - random / 2)));
}
