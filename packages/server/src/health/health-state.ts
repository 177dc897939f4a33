import { HealthCheckResponse_ServingStatus as Status } from '../gen/grpc/health/v1/health_pb.js';

/** What a service can be set to. `SERVICE_UNKNOWN` is what watchers of a service that nobody has set are told. */
export type ServingStatus = Status.SERVING | Status.NOT_SERVING | Status.UNKNOWN;

/** The name under which the server as a whole is found. */
export const SERVER = '';

/** Which services of a server do their work. */
export interface HealthState {
  /** The status of a service, of the server for `''`; `undefined` for one that nobody has set. */
  get(service: string): ServingStatus | undefined;
  /**
   * Says how a service is from now on. Once the server drains nothing serves any more, and the call only makes
   * the name known.
   */
  set(service: string, status: ServingStatus): void;
  /**
   * Says whether the server's own condition holds (its database answers, …). While it does not, everything that
   * was set to serve does not.
   */
  setReady(ready: boolean): void;
  /** Every known name with its status, the server's `''` included. */
  entries(): Iterable<[service: string, status: ServingStatus]>;
  /** From here on nothing serves, for good. Watchers learn it. */
  drain(): void;
  /**
   * The status now, and every later one that differs from the one delivered before. Changes that follow each other
   * faster than they are read become one. Ends with the signal.
   */
  watch(service: string, signal: AbortSignal): AsyncIterable<Status>;
  /** Watches that are under way. */
  readonly watchers: number;
}

/**
 * The health of a server.
 *
 * @param services - full names, all of which serve to begin with, as the server itself does
 */
export function createHealthState(services: Iterable<string> = []): HealthState {
  const own = new Map<string, ServingStatus>([[SERVER, Status.SERVING]]);
  for (const service of services) {
    own.set(service, Status.SERVING);
  }
  const wakers = new Set<() => void>();
  let ready = true;
  let draining = false;

  const effective = (status: ServingStatus): ServingStatus =>
    draining || (!ready && status === Status.SERVING) ? Status.NOT_SERVING : status;
  const get = (service: string): ServingStatus | undefined => {
    const status = own.get(service);
    return status === undefined ? undefined : effective(status);
  };
  const changed = (): void => {
    for (const wake of wakers) {
      wake();
    }
  };

  return {
    get,
    set: (service, status) => {
      own.set(service, status);
      changed();
    },
    setReady: (now) => {
      if (now !== ready) {
        ready = now;
        changed();
      }
    },
    *entries() {
      for (const [service, status] of own) {
        yield [service, effective(status)];
      }
    },
    drain: () => {
      draining = true;
      changed();
    },
    watch: (service, signal) => watch(() => get(service) ?? Status.SERVICE_UNKNOWN, signal, wakers),
    get watchers() {
      return wakers.size;
    },
  };
}

async function* watch(
  read: () => Status,
  signal: AbortSignal,
  wakers: Set<() => void>,
): AsyncGenerator<Status, void> {
  let delivered: Status | undefined;
  let resume: (() => void) | undefined;
  const wake = (): void => resume?.();
  wakers.add(wake);
  signal.addEventListener('abort', wake, { once: true });
  try {
    while (!signal.aborted) {
      const status = read();
      if (status !== delivered) {
        delivered = status;
        yield status;
      } else {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      }
    }
  } finally {
    wakers.delete(wake);
    signal.removeEventListener('abort', wake);
  }
}
