/** When a breaker opens, and for how long. */
export interface BreakerLimits {
  /** Consecutive failures that open it; 0: never. */
  readonly failures: number;
  /** Milliseconds it stays open before one call may try. */
  readonly openMs: number;
}

/** What a call says of the service: `ignored` when it says nothing, as when the caller gave up. */
export type Verdict = 'success' | 'failure' | 'ignored';

/** Leave for one call. Its verdict must be reported once, whatever happens; further reports do nothing. */
export type Permit = (verdict: Verdict) => void;

/** Gives a service that keeps failing a rest, and its callers an answer at once. */
export interface CircuitBreaker {
  /** Leave for a call, or `undefined` while the breaker is open or another call is trying. */
  acquire(limits: BreakerLimits): Permit | undefined;
  /** Milliseconds until a call may try; 0 when one may now. */
  waitMs(): number;
  /** Whether calls are let through: `half-open` when one may try, or is trying. */
  state(): 'closed' | 'open' | 'half-open';
  /** Opens it by hand for so many milliseconds, whatever its calls report. */
  open(openMs: number): void;
  /** Closes it by hand and forgets its failures. */
  reset(): void;
}

/**
 * A closed breaker counts consecutive failures; at the limit it opens and refuses calls; after `openMs` it lets one
 * call through, whose success closes it and whose failure opens it again. What calls report that began before the
 * last change of state is out of date and does not count.
 *
 * @param now Milliseconds on a clock that never goes back.
 */
export function createCircuitBreaker(now: () => number): CircuitBreaker {
  let failures = 0;
  let openUntil: number | undefined;
  let trying = false;
  /** Counts changes of state. */
  let era = 0;

  const close = () => {
    openUntil = undefined;
    era++;
  };
  const open = (openMs: number) => {
    openUntil = now() + openMs;
    failures = 0;
    era++;
  };
  const waitMs = () => Math.max(0, (openUntil ?? 0) - now());

  return {
    waitMs,
    state: () => (openUntil === undefined ? 'closed' : waitMs() > 0 ? 'open' : 'half-open'),
    open: (openMs) => {
      trying = false;
      open(openMs);
    },
    reset: () => {
      trying = false;
      failures = 0;
      close();
    },
    acquire(limits) {
      if (limits.failures === 0) {
        return () => {};
      }
      const probe = openUntil !== undefined;
      if (probe && (trying || waitMs() > 0)) {
        return undefined;
      }
      trying = probe;
      const born = era;
      let reported = false;
      return (verdict) => {
        if (reported || born !== era) {
          return;
        }
        reported = true;
        if (probe) {
          trying = false;
        }
        if (verdict === 'success') {
          failures = 0;
          if (probe) {
            close();
          }
        } else if (verdict === 'failure' && (probe || ++failures >= limits.failures)) {
          open(limits.openMs);
        }
      };
    },
  };
}
