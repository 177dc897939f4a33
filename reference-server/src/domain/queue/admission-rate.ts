/** How many may be admitted now, by a rate per minute: a token bucket. Times are epoch milliseconds. */
export interface AdmissionRate {
  /** The rate, per minute. */
  perMinute(): number;
  /** Changes the rate from now on; what was earned at the old one stays, up to the new bound. */
  change(perMinute: number, now: number): void;
  /** Whole admissions that may happen now. */
  available(now: number): number;
  /** Counts admissions. */
  take(count: number): void;
}

/** What an idle line may let in at once, in seconds of its rate. */
const BURST_SECONDS = 1;

/**
 * Room for what is earned while a tick is late, in seconds: without it a line that admits at every chance
 * would stay below its rate.
 */
const SLACK_SECONDS = 0.2;

/**
 * A full bucket. Within any time T no more than rate × T and one burst are admitted, the burst being one
 * second's worth (with the slack 1.2 at most) or a single buyer, whichever is more.
 *
 * @param now Epoch milliseconds.
 */
export function admissionRate(perMinute: number, now: number): AdmissionRate {
  let rate = perMinute;
  let tokens = burstOf(rate);
  let since = now;

  const settle = (at: number): void => {
    tokens = Math.min(burstOf(rate), tokens + ((at - since) * rate) / 60_000);
    since = at;
  };

  return {
    perMinute() {
      return rate;
    },
    change(to, at) {
      settle(at);
      rate = to;
      tokens = Math.min(tokens, burstOf(rate));
    },
    available(at) {
      settle(at);
      return rate === 0 ? 0 : Math.floor(tokens + 1e-9);
    },
    take(count) {
      tokens -= count;
    },
  };
}

function burstOf(perMinute: number): number {
  const perSecond = perMinute / 60;
  return Math.max(1, perSecond * BURST_SECONDS) + perSecond * SLACK_SECONDS;
}
