import { AsyncLocalStorage } from 'node:async_hooks';
import { longestSleep } from './longest-sleep.ts';

/** Rings once, at a time that may still become an earlier one. Then, or taken back, it is off. */
export interface WakeUp {
  /**
   * Rings at this time, if it would not ring earlier anyway.
   *
   * @param time - epoch milliseconds; `-Infinity`: as soon as it may
   */
  by(time: number): void;
  /** Takes it back. */
  off(): void;
}

/**
 * A wake-up call by a clock, for one who has somewhere to look then. It keeps no process alive.
 *
 * @param shortestMs - after it was off, it does not ring earlier than this: what is due meanwhile is looked for together
 * @param longestMs - nor later, whatever its time is: clocks jump. Default: {@link longestSleep}
 */
export function wakeUp(options: {
  readonly clock: () => number;
  readonly shortestMs: number;
  readonly longestMs?: number;
  readonly ring: () => void;
}): WakeUp {
  const { clock, shortestMs, longestMs = longestSleep(clock), ring } = options;
  // Whoever sets it may do so in a call, which is over long before it rings.
  const apart = AsyncLocalStorage.snapshot();
  let timer: NodeJS.Timeout | undefined;
  let time = Number.POSITIVE_INFINITY;
  let setAt = 0;

  const left = (): number => {
    const passed = performance.now() - setAt;
    return Math.max(shortestMs - passed, Math.min(time - clock(), longestMs - passed));
  };

  const start = (ms: number): void => {
    timer = apart(setTimeout, turn, Math.max(1, Math.ceil(ms))).unref();
  };

  // Timers of Node may come a little early, and clocks go back.
  function turn(): void {
    const ms = left();
    if (ms > 0) {
      start(ms);
    } else {
      timer = undefined;
      ring();
    }
  }

  return {
    by(next) {
      if (timer === undefined) {
        setAt = performance.now();
      } else if (next >= time) {
        return;
      }
      clearTimeout(timer);
      time = next;
      start(left());
    },
    off() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
