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

/** Fewer calls in the window say nothing, unless every one of them was slow. */
const TELLING_CALLS = 20;

/** One period, in milliseconds: long enough for who was let in to have an effect. */
const PERIOD_MS = 1_000;

/** Periods that are looked at together, */
const WINDOW = 5;
/** and those of them that must have seen slow calls: one long pause, as at a start, is over before that. */
const SUSTAINED = 3;

/** Down fast, up in half a minute: the services get out of trouble before the next buyers come. */
const DOWN = 0.7;
const UP = 0.03;

/** What was counted in a period. */
interface Period {
  readonly calls: number;
  readonly slow: number;
}

const QUIET: Period = { calls: 0, slow: 0 };

/**
 * Services that are well. After each period of sustained pressure three tenths fewer buyers are let in; after each of
 * the others, 3 % of the full rate more, until it is reached. Pressure is sustained when more than one call in twenty
 * was slow, in the last period and in the last five together, with slow ones in at least three of them.
 */
export function slowDown(start: number): SlowDown {
  let share = 1;
  let since = start;
  let calls = 0;
  let slow = 0;
  let recent: readonly Period[] = [];

  const settle = (now: number): void => {
    const periods = Math.floor((now - since) / PERIOD_MS);
    if (periods < 1) {
      return;
    }
    recent = [...recent, { calls, slow }].slice(-WINDOW);
    share = isSustained(recent) ? Math.max(LEAST_SHARE, share * DOWN) : Math.min(1, share + UP);
    const quiet = periods - 1;
    share = Math.min(1, share + UP * quiet);
    recent = [...recent, ...Array<Period>(Math.min(quiet, WINDOW)).fill(QUIET)].slice(-WINDOW);
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

function isSustained(recent: readonly Period[]): boolean {
  const all = recent.reduce(
    (sum, { calls, slow }) => ({ calls: sum.calls + calls, slow: sum.slow + slow }),
    QUIET,
  );
  const last = recent.at(-1) ?? QUIET;
  return (
    isTooSlow(last) &&
    isTooSlow(all) &&
    (all.calls >= TELLING_CALLS || all.slow === all.calls) &&
    recent.filter(({ slow }) => slow > 0).length >= SUSTAINED
  );
}

function isTooSlow({ calls, slow }: Period): boolean {
  return slow > calls * SLOW_CALLS;
}
