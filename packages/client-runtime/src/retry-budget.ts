/** Size of a retry budget, in tokens. */
export interface RetryBudgetOptions {
  /** Tokens it holds at most, and at first: 50, which is ten retries. */
  readonly capacity?: number;
  /** Tokens a retry costs: 5. */
  readonly retryCost?: number;
  /** Tokens a successful call gives back: 1, so that in the long run there is one retry for five successes. */
  readonly successRefill?: number;
}

/** Keeps retries from multiplying the load on a service that is down already. */
export interface RetryBudget {
  /** Pays for a retry. `false`: it must not be made. */
  take(): boolean;
  /** Notes a call that succeeded. */
  refill(): void;
}

/**
 * A token bucket that retries empty and successes fill. Costs are those of the AWS SDKs' standard retry mode (5 a
 * retry, 1 back for a success); the 20 % that follow from them are Finagle's default `percentCanRetry`; the ten
 * retries of a full bucket are the `maxTokens` of the example in gRPC's proposal A6.
 */
export function createRetryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { capacity = 50, retryCost = 5, successRefill = 1 } = options;
  let tokens = capacity;
  return {
    take() {
      if (tokens < retryCost) {
        return false;
      }
      tokens -= retryCost;
      return true;
    },
    refill() {
      tokens = Math.min(capacity, tokens + successRefill);
    },
  };
}
