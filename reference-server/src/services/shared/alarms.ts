import { expiryHeap } from '../../domain/time/expiry-heap.ts';
import { longestSleep, wakeUp } from '../../time/index.ts';
import type { Clock } from './time.ts';

/** Wakes whoever asked for it, by the platform's clock. */
export interface Alarms {
  /**
   * @param time - epoch milliseconds; one that has passed rings at the next look
   * @returns a function that takes the alarm back.
   */
  at(time: number, ring: () => void): () => void;
}

/** Milliseconds between two looks at the clock: with many alarms, several ring together. */
const SHORTEST_MS = 10;

/**
 * Alarms that share one timer, because each open stream needs one and most are taken back. It runs only while
 * somebody waits.
 *
 * @param longestMs - milliseconds between two looks at the clock at most: by so much an alarm rings late after a jump.
 * Default: `longestSleep`
 */
export function alarms(clock: Clock, longestMs = longestSleep(clock)): Alarms {
  const due = expiryHeap();
  const rings = new Map<number, () => void>();
  let lastId = 0;

  const look = (): void => {
    const now = clock();
    try {
      for (let id = due.popDue(now); id !== undefined; id = due.popDue(now)) {
        const ring = rings.get(id);
        rings.delete(id);
        ring?.();
      }
    } finally {
      // Also for the others, if one of them throws.
      if (rings.size > 0) {
        next.by(due.next());
      }
    }
  };
  const next = wakeUp({ clock, shortestMs: Math.min(SHORTEST_MS, longestMs), longestMs, ring: look });

  return {
    at(time, ring) {
      const id = ++lastId;
      // Whoever waits for nothing is never rung, and must not stay in the heap.
      if (time === Number.POSITIVE_INFINITY) {
        return () => undefined;
      }
      rings.set(id, ring);
      due.push(time, id);
      next.by(time);
      return () => rings.delete(id);
    },
  };
}
