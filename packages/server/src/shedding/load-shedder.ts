import { performance } from 'node:perf_hooks';
import { Priority } from '@traffic-tacos/policy';
import { OVERLOADED, runtimeFailure } from '../errors/runtime-code.ts';
import { createLoopDelay } from './loop-delay.ts';
import { createOverloadControl } from './overload-control.ts';

/** When calls are refused because there are too many. */
export interface LoadSheddingOptions {
  /**
   * Milliseconds that work may wait for its turn. Where it waits longer all the time, calls are refused: those of
   * priority SHEDDABLE first, then NORMAL, then CRITICAL. Default 50: a tenth of what services usually have for an
   * answer, and more than an event loop is late by garbage collection.
   */
  readonly targetDelayMs?: number | undefined;
  /**
   * Further queues that calls wait in, such as that of a store: each tells for how many milliseconds its next in line
   * has been waiting, 0 for nobody. Asked 50 times a second while there are calls. Default: the event loop alone.
   */
  readonly queues?: readonly (() => number)[] | undefined;
  /**
   * Milliseconds from the first call in which a delay has to stand for a whole second before calls are refused: a
   * server that has just started is late for another reason than too many calls, since its code is not compiled, nor
   * its caches filled. Default 10 s.
   */
  readonly warmUpMs?: number | undefined;
  /** Milliseconds on a clock that never goes back. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** A number from 0 to below 1, for the spread of `retry-after`. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Refuses calls that a server has no time for. */
export interface LoadShedder {
  /** @throws CallFailure UNAVAILABLE, with a time after which to ask again that differs from caller to caller */
  admit(priority: Priority): void;
  /** The part of all calls that is being refused, 0 to 0.98. */
  refusedShare(): number;
  /** Calls that were refused so far. */
  refused(): number;
  /** Stops measuring, and refuses no more. */
  stop(): void;
}

const TARGET_DELAY_MS = 50;
/** Bounds of the time after which to ask again; whoever only looks on is to wait longer. */
const RETRY_FROM_MS = 500;
const RETRY_SPREAD_MS = 2_000;
const SHEDDABLE_SPREAD_MS = 6_000;

const WARM_UP_MS = 10_000;
/** For how long a delay has to stand while a server warms up. */
const STANDING_MS = 1_000;

/** A shedder that measures the event loop of this process. @throws RangeError for a target that is none */
export function createLoadShedder(options: LoadSheddingOptions = {}): LoadShedder {
  const {
    queues = [],
    random = Math.random,
    targetDelayMs = TARGET_DELAY_MS,
    warmUpMs = WARM_UP_MS,
  } = options;
  const now = options.now ?? (() => performance.now());
  let control = createOverloadControl({ targetDelayMs });
  let refused = 0;
  /** Since when there are calls, and since when work has waited for too long. */
  let beganAt: number | undefined;
  let lateSince: number | undefined;
  const delay = createLoopDelay({
    now,
    onSample: (at, loopMs) => {
      let worst = loopMs;
      for (const queue of queues) {
        worst = Math.max(worst, queue());
      }
      lateSince = worst <= targetDelayMs ? undefined : (lateSince ?? at);
      const isWarmingUp = at - (beganAt ?? at) < warmUpMs && control.refusedShare() === 0;
      if (lateSince === undefined || !isWarmingUp || at - lateSince >= STANDING_MS) {
        control.sample(at, worst);
      }
      return control.refusedShare() > 0;
    },
  });
  return {
    refusedShare() {
      return control.refusedShare();
    },
    refused() {
      return refused;
    },
    admit: (priority) => {
      beganAt ??= now();
      delay.touch();
      if (control.admit(priority)) {
        return;
      }
      refused++;
      const spread = priority === Priority.SHEDDABLE ? SHEDDABLE_SPREAD_MS : RETRY_SPREAD_MS;
      throw runtimeFailure(
        'UNAVAILABLE',
        'the server has more calls than it can answer in time; ask again later',
        [{ reason: OVERLOADED }],
        { retryAfterMs: RETRY_FROM_MS + random() * spread },
      );
    },
    stop: () => {
      delay.stop();
      control = createOverloadControl({ targetDelayMs });
    },
  };
}
