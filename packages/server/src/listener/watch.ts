import { steadyTime } from '../time/clocks.ts';

/** An exchange that must not take for ever. The links belong to {@link Watch}. */
export interface Timed {
  /** On the clock of `performance.now`: since when its present step takes. */
  since: number;
  nextTimed: Timed | undefined;
  previousTimed: Timed | undefined;
  /** The step has taken too long. */
  timedOut(): void;
}

/**
 * Ends requests that take too long to arrive, and answers that take too long to leave. Looks at everything once a second
 * at most, instead of starting a timer for each; the exchanges are a chain in the order in which their steps began.
 */
export class Watch {
  readonly #sweep: NodeJS.Timeout;
  #first: Timed | undefined;
  #last: Timed | undefined;

  constructor(timeoutMs: number) {
    this.#sweep = setInterval(() => this.#end(timeoutMs), Math.min(1000, timeoutMs));
    this.#sweep.unref();
  }

  /** A step begins. */
  start(exchange: Timed): void {
    this.pause(exchange);
    exchange.since = steadyTime();
    exchange.previousTimed = this.#last;
    if (this.#last === undefined) {
      this.#first = exchange;
    } else {
      this.#last.nextTimed = exchange;
    }
    this.#last = exchange;
  }

  /** Nothing is waited for, for now. */
  pause(exchange: Timed): void {
    const { nextTimed: next, previousTimed: previous } = exchange;
    if (previous !== undefined) {
      previous.nextTimed = next;
    } else if (this.#first === exchange) {
      this.#first = next;
    } else {
      return;
    }
    if (next === undefined) {
      this.#last = previous;
    } else {
      next.previousTimed = previous;
    }
    exchange.nextTimed = undefined;
    exchange.previousTimed = undefined;
  }

  stop(): void {
    clearInterval(this.#sweep);
  }

  #end(timeoutMs: number): void {
    const before = performance.now() - timeoutMs;
    for (let one = this.#first; one !== undefined && one.since <= before; one = this.#first) {
      this.pause(one);
      one.timedOut();
    }
  }
}
