import { wakeUp } from '../time/index.ts';

/** Lets a loop over due work sleep until there is something to look for. */
export interface DueSleep {
  /** A look begins: it may miss what is announced from now on. */
  looking(): void;
  /**
   * Something is due that the last look may have missed.
   *
   * @param dueAt - epoch milliseconds; `-Infinity`: it may be due already
   */
  announce(dueAt: number): void;
  /**
   * Sleeps until something is due, as far as that is known. Now and then it ends for nothing, so that what nobody in
   * this process knows of is found as well.
   *
   * @param nextAt - what the look has found that is due next; `undefined` when there is nothing
   */
  sleep(nextAt: number | undefined): Promise<void>;
}

/**
 * @param shortestMs - a sleep lasts no shorter than this,
 * @param longestMs - and no longer. Default: `longestSleep`
 * @param stopping - ends the sleep for good
 */
export function dueSleep(options: {
  readonly clock: () => number;
  readonly shortestMs: number;
  readonly longestMs?: number;
  readonly stopping: AbortSignal;
}): DueSleep {
  const { stopping, ...times } = options;
  let announced = Number.POSITIVE_INFINITY;
  let resume: (() => void) | undefined;

  const rouse = (): void => {
    resume?.();
    resume = undefined;
  };
  const alarm = wakeUp({ ...times, ring: rouse });
  stopping.addEventListener(
    'abort',
    () => {
      alarm.off();
      rouse();
    },
    { once: true },
  );

  return {
    looking() {
      announced = Number.POSITIVE_INFINITY;
    },
    announce(dueAt) {
      announced = Math.min(announced, dueAt);
      if (resume !== undefined) {
        alarm.by(dueAt);
      }
    },
    sleep(nextAt = Number.POSITIVE_INFINITY) {
      return new Promise((resolve) => {
        if (stopping.aborted) {
          resolve();
        } else {
          resume = resolve;
          alarm.by(Math.min(nextAt, announced));
        }
      });
    },
  };
}
