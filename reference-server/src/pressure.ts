import type { DescService } from '@bufbuild/protobuf';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import { CallFailure } from '@traffic-tacos/server';
import { Gauge, type Registry } from 'prom-client';
import { slowDown } from './domain/queue/index.ts';

/** How hard it is for the services behind the queue to keep up, as their calls show it. */
export interface Pressure {
  /** The same service; how long its unary calls take is counted. */
  watched<S extends DescService>(implementation: Partial<ServiceImpl<S>>): Partial<ServiceImpl<S>>;
  /** How much of the admission rate is to be let in, from 0 to 1. */
  share(): number;
}

/** Failures that say that a service could not, rather than would not. */
const OUT_OF_ORDER: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Internal,
  Code.Unknown,
]);

/**
 * No pressure. The share is the gauge `queue_admission_share`.
 *
 * @param slowMs Milliseconds after which a call is slow; 0: none ever is, nor a failed one.
 */
export function pressureOf(options: {
  readonly slowMs: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly registry: Registry;
}): Pressure {
  const { slowMs, clock, registry } = options;
  const control = slowDown(clock());
  const share = (): number => control.shareAt(clock());
  new Gauge({
    name: 'queue_admission_share',
    help: 'Share of the admission rate that is let in; below 1 while the services behind are slow',
    registers: [registry],
    collect() {
      this.set(share());
    },
  });

  const timed = async (answer: Promise<unknown>): Promise<unknown> => {
    const begin = performance.now();
    let failed = false;
    try {
      return await answer;
    } catch (error) {
      failed = !(error instanceof CallFailure) && OUT_OF_ORDER.has(ConnectError.from(error).code);
      throw error;
    } finally {
      control.called(failed || performance.now() - begin > slowMs, clock());
    }
  };

  return {
    watched(implementation) {
      if (slowMs === 0) {
        return implementation;
      }
      const methods = Object.entries(implementation).map(([name, method]) => [
        name,
        (...call: unknown[]) => {
          const answer: unknown = Reflect.apply(method as () => unknown, implementation, call);
          return answer instanceof Promise ? timed(answer) : answer;
        },
      ]);
      return Object.fromEntries(methods) as typeof implementation;
    },
    share,
  };
}
