import { steadyTime } from '../time/clocks.ts';
import type { RateInit } from './gcra.ts';

/** How calls are counted. What the contract allows each caller is in its policies. */
export interface RateLimitOptions {
  /**
   * Addresses and networks of proxies, such as `10.0.0.0/8`, whose `x-forwarded-for` is believed. Default: none, and
   * the connected peer is the client.
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /**
   * What all calls of one address may be altogether that nobody's credentials vouch for, whatever user or token they
   * name, so that inventing names gains nothing. Methods without a rate of their own are exempt. Default: 500 a second
   * and 1000 at once, ten times what contracts usually give one caller, since many people share an address.
   */
  readonly perAddress?: RateInit | undefined;
  /**
   * Credentials that may turn out not to be valid, for each address; beyond it, credentials from there are refused
   * unseen. Default: 50 a second and 200 at once.
   */
  readonly invalidCredentials?: RateInit | undefined;
  readonly streams?: StreamLimits | undefined;
  /**
   * Callers and addresses that are counted at once, for all classes together; as it fills up, those that have called
   * least are forgotten. 16 bytes each, taken from the start. Default 100,000.
   */
  readonly maxEntries?: number | undefined;
  /** Milliseconds on a clock that never goes back. Default: `performance.now`, shared as `systemTime` is. */
  readonly now?: (() => number) | undefined;
}

/** Streams that may be open at once. */
export interface StreamLimits {
  /** For each user, and each token or name that a request without credentials shows. Default 20. */
  readonly perCaller?: number | undefined;
  /** For each service and admin, as far as their streams are for nobody in particular. Default 1000. */
  readonly perService?: number | undefined;
  /** For each address without credentials. Default 1000. */
  readonly perAddress?: number | undefined;
}

/** Options with every blank filled. */
export interface CompleteOptions {
  readonly trustedProxies: readonly string[];
  readonly perAddress: RateInit;
  readonly invalidCredentials: RateInit;
  readonly streamsPerCaller: number;
  readonly streamsPerService: number;
  readonly streamsPerAddress: number;
  readonly maxEntries: number;
  readonly now: () => number;
}

/** Fills the blanks. @throws RangeError that names a bound which is none */
export function completeOptions(options: RateLimitOptions): CompleteOptions {
  const complete: CompleteOptions = {
    trustedProxies: options.trustedProxies ?? [],
    perAddress: options.perAddress ?? { requestsPerSecond: 500, burst: 1000 },
    invalidCredentials: options.invalidCredentials ?? { requestsPerSecond: 50, burst: 200 },
    streamsPerCaller: options.streams?.perCaller ?? 20,
    streamsPerService: options.streams?.perService ?? 1000,
    streamsPerAddress: options.streams?.perAddress ?? 1000,
    maxEntries: options.maxEntries ?? 100_000,
    now: options.now ?? steadyTime,
  };
  for (const name of ['streamsPerCaller', 'streamsPerService', 'streamsPerAddress', 'maxEntries'] as const) {
    if (!(Number.isSafeInteger(complete[name]) && complete[name] > 0)) {
      throw new RangeError(`rateLimits: ${name} is ${complete[name]}; expected a whole number above 0`);
    }
  }
  return complete;
}
