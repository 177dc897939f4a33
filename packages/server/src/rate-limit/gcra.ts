/** A rate as the generic cell rate algorithm (ITU-T I.371) counts it. */
export interface Rate {
  /** Milliseconds between two calls at the allowed rate. */
  readonly intervalMs: number;
  /** Milliseconds by which calls may be ahead of that rate. */
  readonly toleranceMs: number;
}

/** Calls a second, on average, and calls at once. */
export interface RateInit {
  /** 0: no limit. */
  readonly requestsPerSecond: number;
  /** At least 1; less is taken for 1. */
  readonly burst: number;
}

/** Sums of intervals are off by their last bits. */
const ROUNDING_MS = 1e-6;

/**
 * The rate in the terms of the algorithm; `undefined` without a limit.
 *
 * @throws RangeError that names what is no rate
 */
export function rateOf(name: string, { requestsPerSecond, burst }: RateInit): Rate | undefined {
  if (!(requestsPerSecond >= 0 && burst >= 0)) {
    throw new RangeError(
      `${name}: requestsPerSecond is ${requestsPerSecond} and burst ${burst}; expected 0 or more`,
    );
  }
  if (requestsPerSecond === 0 || requestsPerSecond === Number.POSITIVE_INFINITY) {
    return undefined;
  }
  const intervalMs = 1000 / requestsPerSecond;
  return { intervalMs, toleranceMs: (Math.max(1, burst) - 1) * intervalMs + ROUNDING_MS };
}
