import type { Alarms } from './alarms.ts';

/** Lets one stream sleep until there is something to do. */
export interface Waker {
  /** Ends the sleep, or the next one. */
  wake(): void;
  /** Sleeps until woken, until a time (epoch milliseconds), or until nobody wants the stream any more; or shorter. */
  sleep(until: number): Promise<void>;
}

/** @param signal - aborted when nobody wants the stream any more */
export function waker(alarms: Alarms, signal: AbortSignal): Waker {
  let isAwake = false;
  let resume: (() => void) | undefined;
  let ringsAt = Number.POSITIVE_INFINITY;
  let takeBack: (() => void) | undefined;

  const wake = (): void => {
    isAwake = true;
    resume?.();
  };
  const ring = (): void => {
    ringsAt = Number.POSITIVE_INFINITY;
    wake();
  };
  signal.addEventListener(
    'abort',
    () => {
      takeBack?.();
      wake();
    },
    { once: true },
  );

  return {
    wake,
    async sleep(until) {
      if (!isAwake && !signal.aborted) {
        // An alarm that rings too early costs less than a new one for every message.
        if (until < ringsAt) {
          takeBack?.();
          ringsAt = until;
          takeBack = alarms.at(until, ring);
        }
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
        resume = undefined;
      }
      isAwake = false;
    },
  };
}
