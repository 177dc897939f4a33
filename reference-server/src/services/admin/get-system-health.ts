import { create } from '@bufbuild/protobuf';
import {
  DependencyStatusSchema,
  type GetSystemHealthRequest,
  type GetSystemHealthResponse,
  GetSystemHealthResponseSchema,
  HealthStatus,
  ServiceHealthStatusSchema,
  SystemHealthStatus,
} from '@traffic-tacos/contracts/common/v1';
import type { Call } from '@traffic-tacos/server';
import { MAINTENANCE } from '../../live/index.ts';
import { timestampOf } from '../shared/time.ts';
import { type Checked, checked } from './dependencies.ts';
import type { AdminDeps } from './deps.ts';
import { knownService } from './known-service.ts';
import type { OwnState } from './service-states.ts';

/** Without these no ticket is bought. */
const SELLING = new Set(['queue', 'catalog', 'inventory', 'reservation', 'payment']);

/** How the services are, and what they depend on. */
export async function getSystemHealth(
  deps: Pick<
    AdminDeps,
    'clock' | 'dependencies' | 'startedAt' | 'services' | 'states' | 'switches' | 'version'
  >,
  { services, includeDependencies }: GetSystemHealthRequest,
  { log }: Pick<Call, 'log'>,
): Promise<GetSystemHealthResponse> {
  for (const name of services) {
    knownService('services', name, deps.services);
  }
  const [states, dependencies] = await Promise.all([
    deps.states(),
    Promise.all(
      includeDependencies ? deps.dependencies.map((dependency) => checked(dependency, deps.clock)) : [],
    ),
  ]);
  for (const { dependency, status, issue } of dependencies.filter((found) => found.issue !== undefined)) {
    log.warn(
      { dependency: dependency.name, status: HealthStatus[status], issue },
      'a dependency is not well',
    );
  }
  const asked = (services.length === 0 ? deps.services : services).flatMap((name) => {
    const state = states[name];
    return state === undefined ? [] : [{ name, state }];
  });
  const uptime = BigInt(Math.floor((performance.now() - deps.startedAt) / 1000));
  return create(GetSystemHealthResponseSchema, {
    overallStatus: overall(asked, dependencies, deps.switches.isOn(MAINTENANCE)),
    services: asked.map(({ name, state: { status, issues, metrics } }) =>
      create(ServiceHealthStatusSchema, {
        serviceName: name,
        status,
        version: deps.version,
        uptimeSeconds: uptime,
        metrics,
        issues: [...issues],
      }),
    ),
    dependencies: dependencies.map(({ dependency: { name, endpoint }, status, tookMs, at }) =>
      create(DependencyStatusSchema, {
        name,
        status,
        endpoint,
        responseTimeMs: Math.round(tookMs),
        lastCheck: timestampOf(at),
      }),
    ),
    checkedAt: timestampOf(deps.clock()),
  });
}

/** All that is listed, in one word. */
function overall(
  services: readonly { readonly name: string; readonly state: OwnState }[],
  dependencies: readonly Checked[],
  isMaintained: boolean,
): SystemHealthStatus {
  const isDown = (status: HealthStatus) =>
    status === HealthStatus.UNHEALTHY || status === HealthStatus.UNKNOWN;
  const downServices = services.filter(({ state }) => isDown(state.status));
  const downDependencies = dependencies.filter(({ status }) => isDown(status));
  if (
    isMaintained ||
    downServices.some(({ name }) => SELLING.has(name)) ||
    downDependencies.some(({ dependency }) => dependency.isVital)
  ) {
    return SystemHealthStatus.CRITICAL;
  }
  if (downServices.length > 0 || downDependencies.length > 0) {
    return SystemHealthStatus.UNHEALTHY;
  }
  const statuses = [
    ...services.map(({ state }) => state.status),
    ...dependencies.map(({ status }) => status),
  ];
  return statuses.includes(HealthStatus.DEGRADED) ? SystemHealthStatus.DEGRADED : SystemHealthStatus.HEALTHY;
}
