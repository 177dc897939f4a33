import type { ServiceImpl } from '@connectrpc/connect';
import type { AdminService } from '@traffic-tacos/contracts/common/v1';
import { callOf } from '@traffic-tacos/server';
import type { AdminDeps } from './deps.ts';
import { emergencyAction } from './emergency-action.ts';
import { getLogs } from './get-logs.ts';
import { getMetrics } from './get-metrics.ts';
import { getSystemHealth } from './get-system-health.ts';
import { triggerOperation } from './trigger-operation.ts';
import { updateConfig } from './update-config.ts';

export {
  diskDependency,
  eventLoopDependency,
  eventsDependency,
  issuerDependency,
  storeDependency,
} from './dependencies.ts';
export type { AdminDeps, Cache } from './deps.ts';
export { resumeCancellations } from './emergency-action.ts';
export { knownEvent } from './known-event.ts';
export { type MaintenanceChange, maintenanceChanges } from './maintenance-changes.ts';
export { metricHistory } from './metric-history.ts';
export { operations } from './operations.ts';
export { serviceStates } from './service-states.ts';

/** What operators see of the running system, and do to it. */
export function adminService(deps: AdminDeps): ServiceImpl<typeof AdminService> {
  return {
    getSystemHealth: (request, context) => getSystemHealth(deps, request, callOf(context)),
    getMetrics: (request) => getMetrics(deps, request),
    updateConfig: (request, context) => updateConfig(deps, request, callOf(context)),
    triggerOperation: (request, context) => triggerOperation(deps, request, callOf(context)),
    getLogs: (request) => getLogs(deps, request),
    emergencyAction: (request, context) => emergencyAction(deps, request, callOf(context)),
  };
}
