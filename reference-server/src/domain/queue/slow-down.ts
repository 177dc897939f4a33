/** How much of the admission rate is let in while what lies behind the queue is slow. Times are epoch milliseconds. */
export interface SlowDown {
  /**
   * Counts a call to a service behind the queue.
   *
   * @param slow Whether it took too long, or failed because the service could not.
   */
  called(slow: boolean, now: number): void;
  /** From {@link LEAST_SHARE} to 1. */
  shareAt(now: number): number;
}

/** So much is let in whatever happens: without calls nobody would see that the services are well again. */
export const LEAST_SHARE = 0.05;

/** What is tolerated: a P95 within the limit. */
const SLOW_CALLS = 0.05;

/** Fewer calls in a period say nothing, unless every one of them was slow. */
const TELLING_CALLS = 20;

/** One period, in milliseconds: long enough for who was let in to have an effect. */
const PERIOD_MS = 1_000;

/** Down fast, up in half a minute: the services get out of trouble before the next buyers come. */
const DOWN = 0.7;
const UP = 0.03;

/**
 * Services that are well. After each period in which more than one call in twenty was slow, three tenths fewer
 * buyers are let in; after each of the others, 3 % of the full rate more, until it is reached.
 */
export function slowDown(start: number): SlowDown {
  let share = 1;
  let since = start;
  let calls = 0;
  let slow = 0;

  const settle = (now: number): void => {
    const periods = Math.floor((now - since) / PERIOD_MS);
    if (periods < 1) {
      return;
    }
    const telling = calls >= TELLING_CALLS || slow === calls;
    if (slow > calls * SLOW_CALLS && telling) {
      share = Math.max(LEAST_SHARE, share * DOWN);
    } else {
      share = Math.min(1, share + UP);
    }
    share = Math.min(1, share + UP * (periods - 1));
    since += periods * PERIOD_MS;
    calls = 0;
    slow = 0;
  };

  return {
    called(wasSlow, now) {
      settle(now);
      calls++;
      slow += wasSlow ? 1 : 0;
    },
    shareAt(now) {
      settle(now);
      return share;
    },
  };
}
