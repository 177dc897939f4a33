/** Bounds of the pauses between attempts, in milliseconds. */
export interface Backoff {
  /** Bound of the first pause; it doubles from attempt to attempt. */
  readonly initialBackoffMs: number;
  /** What the bound never exceeds. */
  readonly maxBackoffMs: number;
}

// From 1 ms on that is longer than any pause; more would run into Infinity.
const MAX_DOUBLINGS = 31;

/**
 * The pause after a failed attempt: evenly drawn between 0 and the bound ("full jitter" in the AWS Architecture
 * Blog's "Exponential Backoff And Jitter", which finds it to need the fewest calls under contention).
 *
 * @param attempt Number of the attempt that failed, from 1.
 * @param random At least 0 and less than 1.
 */
export function fullJitterMs(backoff: Backoff, attempt: number, random: number): number {
  const doublings = Math.min(attempt - 1, MAX_DOUBLINGS);
  return random * Math.min(backoff.maxBackoffMs, backoff.initialBackoffMs * 2 ** doublings);
}
