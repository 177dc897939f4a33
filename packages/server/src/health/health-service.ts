import { Code, ConnectError } from '@connectrpc/connect';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../gen/grpc/health/v1/health_pb.js';
import { type ServiceRegistration, service } from '../service.ts';
import type { HealthState } from './health-state.ts';
import type { Readiness } from './readiness.ts';

/** Names that one answer of `List` holds at most; the protocol leaves the number to the server. */
const MAX_LISTED = 1000;

/** What the health service answers from. */
export interface HealthServiceOptions {
  readonly health: HealthState;
  readonly readiness: Readiness;
}

/**
 * `grpc.health.v1.Health`. The condition of `/readyz` counts here, too: while it does not hold, nothing serves.
 * A service that nobody has set is NOT_FOUND to `Check` and SERVICE_UNKNOWN to `Watch`, which goes on.
 */
export function healthService({ health, readiness }: HealthServiceOptions): ServiceRegistration {
  return service(Health, {
    check: async ({ service: name }) => {
      if (health.get(name) === undefined) {
        throw new ConnectError(`no service of that name: ${shown(name)}`, Code.NotFound);
      }
      await readiness.probe();
      return { status: health.get(name) ?? Status.UNKNOWN };
    },
    list: async () => {
      await readiness.probe();
      const statuses = [...health.entries()];
      if (statuses.length > MAX_LISTED) {
        throw new ConnectError(
          `${statuses.length} services are more than the ${MAX_LISTED} that are listed at once`,
          Code.ResourceExhausted,
        );
      }
      return { statuses: Object.fromEntries(statuses.map(([name, status]) => [name, { status }])) };
    },
    watch: async function* ({ service: name }, context) {
      const stop = readiness.keepProbing();
      try {
        await readiness.probe();
        for await (const status of health.watch(name, context.signal)) {
          yield { status };
        }
      } finally {
        stop();
      }
    },
  });
}

/** What a caller sent, short enough to send back. */
function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
