import { refuse } from '@traffic-tacos/server';

/** What waits for one reader. */
export interface Inbox<T> {
  put(item: T): void;
  /** Takes out all there is. @throws CallFailure UNAVAILABLE once there was more than may wait. */
  take(): readonly T[];
}

/**
 * @param limit - items that may wait; what comes beyond it is dropped together with the reader
 * @param wake - told when there is something to take
 */
export function inbox<T>(limit: number, wake: () => void): Inbox<T> {
  let waiting: T[] = [];
  let isOverrun = false;
  return {
    put(item) {
      if (waiting.length >= limit) {
        isOverrun = true;
        waiting = [];
      }
      if (!isOverrun) {
        waiting.push(item);
      }
      wake();
    },
    take() {
      if (isOverrun) {
        throw tooSlow();
      }
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}

/** Ends the stream of a reader who does not keep up. */
export function tooSlow(): Error {
  return refuse('UNAVAILABLE', 'the stream was read too slowly: open it again with its resume token', [
    { reason: 'SLOW_READER' },
  ]);
}
