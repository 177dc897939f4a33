/** Measures how fast a line really moves. Times are epoch milliseconds. */
export interface RateMeter {
  /**
   * Starts with what can be expected before anything was measured.
   *
   * @param perSecond Admissions a second.
   */
  expect(perSecond: number): void;
  /**
   * Lets time pass.
   *
   * @param moving Whether somebody waited and nothing was stopped: other time says nothing about the rate.
   */
  pass(now: number, moving: boolean): void;
  /**
   * Counts an admission.
   *
   * @param waitedMs How long the buyer had waited; `undefined` for one who did not have to, who says nothing
   *   about the rate either.
   */
  admitted(waitedMs: number | undefined): void;
  /** Smoothed admissions a second. */
  perSecond(): number;
  /** Admissions within the last minute. */
  lastMinute(): number;
  /** Mean milliseconds the last hundred or so admitted had waited; `undefined` before the first. */
  meanWaitMs(): number | undefined;
}

/** Least time the mean goes back, in seconds. */
export const MIN_MEMORY_SECONDS = 30;
const MAX_MEMORY_SECONDS = 600;

/** Admissions the mean spans at least, so that single ones at a low rate do not shake it. */
const MEMORY_ADMISSIONS = 20;

const WAITS_IN_MEAN = 100;
const MINUTE = 60;

/**
 * A meter of an exponentially weighted mean. In a time t without admissions the rate falls by the factor
 * e^(-t/memory) and no faster: whoever divides by it gets a number that never leaps up.
 */
export function rateMeter(start: number): RateMeter {
  let since = start;
  let perSecond = 0;
  let memory = MIN_MEMORY_SECONDS;
  let waits = 0;
  let meanWaitMs: number | undefined;
  const minute = new Uint32Array(MINUTE);

  return {
    expect(expected) {
      perSecond = expected;
      const wanted = expected === 0 ? 0 : MEMORY_ADMISSIONS / expected;
      memory = Math.min(MAX_MEMORY_SECONDS, Math.max(MIN_MEMORY_SECONDS, wanted));
    },
    pass(now, moving) {
      if (moving) {
        perSecond *= Math.exp((since - now) / (memory * 1000));
      }
      const second = Math.floor(now / 1000);
      for (let next = Math.max(Math.floor(since / 1000), second - MINUTE) + 1; next <= second; next++) {
        minute[next % MINUTE] = 0;
      }
      since = now;
    },
    admitted(waitedMs) {
      const slot = Math.floor(since / 1000) % MINUTE;
      minute[slot] = (minute[slot] as number) + 1;
      waits = Math.min(waits + 1, WAITS_IN_MEAN);
      meanWaitMs = (meanWaitMs ?? 0) + ((waitedMs ?? 0) - (meanWaitMs ?? 0)) / waits;
      if (waitedMs !== undefined) {
        perSecond += 1 / memory;
      }
    },
    perSecond() {
      return perSecond;
    },
    lastMinute() {
      return minute.reduce((sum, count) => sum + count, 0);
    },
    meanWaitMs() {
      return meanWaitMs;
    },
  };
}
