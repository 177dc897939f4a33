import { type AdmissionRate, admissionRate } from './admission-rate.ts';
import type { LineRules } from './place.ts';
import { type RateMeter, rateMeter } from './rate-meter.ts';

/** How fast a line may move, and how fast it does. Times are epoch milliseconds. */
export interface Pace {
  rules(): LineRules;
  /** Sets the rules; without any the line is paused. */
  rule(rules: LineRules, now: number): void;
  /** Lets time pass in which so many waited. */
  pass(now: number, waiting: number): void;
  /** How many may be admitted now, with so many inside. */
  room(active: number, now: number): number;
  /** Counts an admission; see {@link RateMeter}. */
  admitted(waitedMs: number | undefined): void;
  /** Seconds until the turn of a position; -1 when the line moves too slowly to tell. */
  etaSeconds(position: number): number;
  readonly measured: Pick<RateMeter, 'lastMinute' | 'meanWaitMs'>;
}

/** Below one admission in two minutes nobody is told a time. Per second. */
const NEAR_ZERO = 1 / 120;

/** Seconds a buyer is expected to stay inside, before anything was measured. The length of a hold. */
const EXPECTED_STAY_SECONDS = 60;

/** The pace of a line without rules. */
export function pace(start: number): Pace {
  const meter = rateMeter(start);
  let rules: LineRules = { ratePerMinute: 0, maxActive: 0, paused: true };
  let rate: AdmissionRate | undefined;

  return {
    rules() {
      return rules;
    },
    rule(next, now) {
      if (rules.ratePerMinute === 0 && meter.perSecond() < NEAR_ZERO) {
        meter.expect(Math.min(next.ratePerMinute / 60, next.maxActive / EXPECTED_STAY_SECONDS));
      }
      const perMinute = next.ratePerMinute * (next.share ?? 1);
      rate ??= admissionRate(perMinute, now);
      if (rate.perMinute() !== perMinute) {
        rate.change(perMinute, now);
      }
      rules = next;
    },
    pass(now, waiting) {
      meter.pass(now, waiting > 0 && !rules.paused && rules.ratePerMinute > 0);
    },
    room(active, now) {
      return rules.paused || rate === undefined
        ? 0
        : Math.max(0, Math.min(rate.available(now), rules.maxActive - active));
    },
    admitted(waitedMs) {
      rate?.take(1);
      meter.admitted(waitedMs);
    },
    etaSeconds(position) {
      // A line that was hardly used may have moved faster than it can go on.
      const perSecond = Math.min(meter.perSecond(), rules.ratePerMinute / 60);
      return rules.paused || perSecond < NEAR_ZERO ? -1 : Math.ceil(position / perSecond);
    },
    measured: meter,
  };
}
