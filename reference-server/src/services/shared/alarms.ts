import { expiryHeap } from '../../domain/time/expiry-heap.ts';
import type { Clock } from './time.ts';

/** Wakes whoever asked for it, by the platform's clock. */
export interface Alarms {
  /**
   * @param time - epoch milliseconds; one that has passed rings at the next look
   * @returns a function that takes the alarm back.
   */
  at(time: number, ring: () => void): () => void;
}

const DEFAULT_LOOK_MS = 50;

/**
 * Alarms that share one timer, because each open stream needs one and most are taken back. It runs only while
 * somebody waits.
 *
 * @param lookMs - milliseconds between two looks at the clock: an alarm rings late by at most that
 */
export function alarms(clock: Clock, lookMs = DEFAULT_LOOK_MS): Alarms {
  const due = expiryHeap();
  const rings = new Map<number, () => void>();
  let lastId = 0;
  let timer: NodeJS.Timeout | undefined;

  const look = (): void => {
    const now = clock();
    for (let id = due.popDue(now); id !== undefined; id = due.popDue(now)) {
      const ring = rings.get(id);
      rings.delete(id);
      ring?.();
    }
    if (rings.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };

  return {
    at(time, ring) {
      const id = ++lastId;
      // Whoever waits for nothing is never rung, and must not stay in the heap.
      if (time === Number.POSITIVE_INFINITY) {
        return () => undefined;
      }
      rings.set(id, ring);
      due.push(time, id);
      timer ??= setInterval(look, lookMs).unref();
      return () => rings.delete(id);
    },
  };
}
