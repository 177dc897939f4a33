import { setTimeout as pause } from 'node:timers/promises';
import { retryPause } from './retry-pause.ts';

/** Bound of the pause after looks that failed, in milliseconds: what is due waits no longer than that once they succeed. */
const MAX_PAUSE_MS = 5_000;

/**
 * Waits until it is time to look again for what is due: briefly when there was nothing, longer and longer when the look
 * failed, so that neither the store nor the log is flooded.
 *
 * @param failures Looks that have failed one after the other; 0 when the last one succeeded.
 * @param idleMs Milliseconds to wait after a look that found nothing.
 * @param stopping Ends the wait.
 */
export async function lookPause(failures: number, idleMs: number, stopping: AbortSignal): Promise<void> {
  const ms = failures === 0 ? idleMs : Math.min(MAX_PAUSE_MS, retryPause(failures, Math.random()));
  await pause(ms, undefined, { signal: stopping }).catch(() => undefined);
}
