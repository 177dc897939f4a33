import { setTimeout as pause } from 'node:timers/promises';
import { retryPause } from './retry-pause.ts';

/** Bound of the pause after looks that failed, in milliseconds: what is due waits no longer than that once they succeed. */
const MAX_PAUSE_MS = 5_000;

/**
 * Waits until it is time to look again for what is due after a look that failed: longer and longer, so that neither the
 * store nor the log is flooded.
 *
 * @param failures Looks that have failed one after the other, from 1.
 * @param stopping Ends the wait.
 */
export async function lookPause(failures: number, stopping: AbortSignal): Promise<void> {
  const ms = Math.min(MAX_PAUSE_MS, retryPause(failures, Math.random()));
  await pause(ms, undefined, { signal: stopping }).catch(() => undefined);
}
