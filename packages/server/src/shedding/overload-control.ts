import { Priority } from '@traffic-tacos/policy';

/** How an overload is answered. */
export interface OverloadControlOptions {
  /** Milliseconds that work may wait for its turn; where it waits longer all the time, calls are refused. */
  readonly targetDelayMs: number;
}

/** Decides how many calls a server takes on, and which. Knows no clock: time is told with each sample. */
export interface OverloadControl {
  /** Whether one more call of this priority is taken on. Counts it, too. */
  admit(priority: Priority): boolean;
  /**
   * Tells how long work waits at the moment.
   *
   * @param now - milliseconds on a clock that never goes back
   */
  sample(now: number, delayMs: number): void;
  /** The part of all calls that is to be refused, 0 to 0.98. */
  refusedShare(): number;
}

/** Milliseconds over which a delay has to stand to count; what comes and goes within is a burst. */
const INTERVAL_MS = 100;
/** Gains for a plant of one second of queue a second: critically damped at 2.5 rad/s, stable with two intervals lag. */
const INTEGRAL = 6.25;
const PROPORTIONAL = 5;
/** How fast calls are let in again once nothing waits: by e times a second. */
const RECOVERY = 1;
/** Bounds of one step, as powers of e: a queue that is gone says less about the load than the one that is there. */
const MOST_LESS = 1.5;
const MOST_MORE = 0.25;
/** The least part of all calls, and of the critical ones, that is let in: without any, nothing would be learnt. */
const MIN_ADMITTED = 0.02;
const MIN_CRITICAL = 0.1;
/** What one interval says about the mix of priorities. */
const MIX_WEIGHT = 0.5;

/** Places in the order of shedding. */
const PLACES = 3;
const CRITICAL_PLACE = 2;

/**
 * A controller in the manner of PIE (RFC 8033) over CoDel's standing delay (RFC 8289): the least delay of an interval
 * says whether there is a queue that does not go away, and a proportional-integral rule moves the part of the calls
 * that is let in until the delay is at its target. What is to be refused is taken from the sheddable calls first, then
 * from the normal ones, and from the critical ones only when there is nothing else left.
 */
export function createOverloadControl({ targetDelayMs }: OverloadControlOptions): OverloadControl {
  if (!(targetDelayMs > 0)) {
    throw new RangeError(`targetDelayMs is ${targetDelayMs}; expected milliseconds above 0`);
  }
  const target = targetDelayMs / 1000;
  let admitted = 1;
  let intervalStart: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  let before = 0;
  /** By place: calls of this interval, their usual share, the part to refuse, and what is owed of it. */
  const counts = [0, 0, 0];
  const shares = [0, 0, 0];
  const refuse = [0, 0, 0];
  const owed = [0, 0, 0];

  const learnMix = (): void => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    const weight = shares.every((share) => share === 0) ? 1 : MIX_WEIGHT;
    for (let place = 0; place < PLACES && all > 0; place++) {
      const share = (counts[place] ?? 0) / all;
      shares[place] = (shares[place] ?? 0) * (1 - weight) + share * weight;
      counts[place] = 0;
    }
  };

  const distribute = (): void => {
    let left = 1 - admitted;
    for (let place = 0; place < PLACES; place++) {
      const share = shares[place] ?? 0;
      const most = place === CRITICAL_PLACE ? 1 - MIN_CRITICAL : 1;
      const part = left <= 0 ? 0 : share <= left ? most : Math.min(most, left / share);
      refuse[place] = part;
      owed[place] = part === 0 ? 0 : (owed[place] ?? 0);
      left -= share;
    }
  };

  const update = (seconds: number, delay: number): void => {
    const pressure = INTEGRAL * seconds * (delay - target) + PROPORTIONAL * (delay - before);
    const isIdle = delay < target / 2 && before < target / 2;
    const step = isIdle ? RECOVERY * seconds : -pressure;
    admitted *= Math.exp(Math.min(MOST_MORE, Math.max(-MOST_LESS, step)));
    admitted = Math.min(1, Math.max(MIN_ADMITTED, admitted));
    before = delay;
    learnMix();
    distribute();
  };

  return {
    refusedShare() {
      return 1 - admitted;
    },
    admit: (priority) => {
      const place = placeOf(priority);
      counts[place] = (counts[place] ?? 0) + 1;
      if (admitted === 1) {
        return true;
      }
      // Spread evenly, not drawn: of four calls of which a quarter is to go, one goes.
      const debt = (owed[place] ?? 0) + (refuse[place] ?? 0);
      owed[place] = debt >= 1 ? debt - 1 : debt;
      return debt < 1;
    },
    sample: (now, delayMs) => {
      least = Math.min(least, delayMs);
      intervalStart ??= now;
      if (now - intervalStart >= INTERVAL_MS) {
        // After a long silence the last interval is all that can be spoken for.
        update(Math.min(now - intervalStart, 2 * INTERVAL_MS) / 1000, least / 1000);
        intervalStart = now;
        least = Number.POSITIVE_INFINITY;
      }
    },
  };
}

/** Whoever is not said to be anything else is normal. */
function placeOf(priority: Priority): number {
  return priority === Priority.SHEDDABLE ? 0 : priority === Priority.CRITICAL ? CRITICAL_PLACE : 1;
}
