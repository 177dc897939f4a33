import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { systemEnvironment } from './environment.ts';

/** How the breaker of one service stands. */
export interface BreakerSnapshot {
  /** Full name of the service. */
  readonly service: string;
  readonly state: ReturnType<CircuitBreaker['state']>;
  /** Milliseconds until a call may try; 0 when one may now. */
  readonly waitMs: number;
}

/**
 * The circuit breakers of the services that a program calls, one for each. Given to several transports they are shared;
 * whoever runs the program can look at them and open or close them by hand.
 */
export interface CircuitBreakers {
  /** The breaker of a service, by its full name; a closed one for a service that was not called yet. */
  of(service: string): CircuitBreaker;
  /** Every breaker so far, by name. */
  snapshot(): readonly BreakerSnapshot[];
}

/** @param now Milliseconds on a clock that never goes back. */
export function createCircuitBreakers(now: () => number = systemEnvironment.now): CircuitBreakers {
  const breakers = new Map<string, CircuitBreaker>();
  return {
    of(service) {
      const breaker = breakers.get(service) ?? createCircuitBreaker(now);
      breakers.set(service, breaker);
      return breaker;
    },
    snapshot: () =>
      [...breakers]
        .map(([service, breaker]) => ({ service, state: breaker.state(), waitMs: breaker.waitMs() }))
        .sort((a, b) => (a.service < b.service ? -1 : 1)),
  };
}
