import { Code, ConnectError } from '@connectrpc/connect';
import type { Environment } from './environment.ts';

/** The end of a call, attempts and pauses included: its total deadline, or the caller giving up. */
export interface Deadline {
  /** Milliseconds left; `Infinity` without a limit. */
  remainingMs(): number;
  /** The promise's result, unless the call ends before. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Waits, unless the caller gives up before. */
  sleep(ms: number): Promise<void>;
}

// What timers can hold.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @param totalMs 0 or less: no limit. */
export function createDeadline(
  environment: Environment,
  totalMs: number,
  signal: AbortSignal | undefined,
): Deadline {
  const end = totalMs > 0 ? environment.now() + totalMs : Number.POSITIVE_INFINITY;
  const remainingMs = () => end - environment.now();
  return {
    remainingMs,
    sleep: (ms) => environment.sleep(ms, signal),
    async race(promise) {
      const stop = new AbortController();
      const giveUp = () => stop.abort(signal?.reason);
      signal?.addEventListener('abort', giveUp, { once: true });
      if (signal?.aborted) {
        giveUp();
      }
      const expiry = environment.sleep(Math.min(remainingMs(), MAX_TIMER_MS), stop.signal).then(() => {
        throw new ConnectError(`the deadline of ${totalMs} ms passed`, Code.DeadlineExceeded);
      });
      try {
        return await Promise.race([promise, expiry]);
      } finally {
        signal?.removeEventListener('abort', giveUp);
        stop.abort();
      }
    },
  };
}
