/** An exchange that must not take for ever. */
export interface Timed {
  /** On the clock of `performance.now`: since when its present step takes. */
  since: number;
  /** The step has taken too long. */
  timedOut(): void;
}

/** Ends requests that take too long to arrive, and answers that take too long to leave. */
export interface Watch {
  /** A step begins. */
  start(exchange: Timed): void;
  /** Nothing is waited for, for now. */
  pause(exchange: Timed): void;
  stop(): void;
}

/** Looks at everything once a second at most, instead of starting a timer for each. */
export function createWatch(timeoutMs: number): Watch {
  // In the order in which the steps began.
  const exchanges = new Set<Timed>();
  const sweep = setInterval(
    () => {
      const before = performance.now() - timeoutMs;
      for (const exchange of exchanges) {
        if (exchange.since > before) {
          return;
        }
        exchanges.delete(exchange);
        exchange.timedOut();
      }
    },
    Math.min(1000, timeoutMs),
  );
  sweep.unref();
  return {
    start: (exchange) => {
      exchange.since = performance.now();
      exchanges.delete(exchange);
      exchanges.add(exchange);
    },
    pause: (exchange) => {
      exchanges.delete(exchange);
    },
    stop: () => clearInterval(sweep),
  };
}
