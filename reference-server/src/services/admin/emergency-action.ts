import { create } from '@bufbuild/protobuf';
import {
  type EmergencyActionRequest,
  type EmergencyActionResponse,
  EmergencyActionResponseSchema,
  EmergencyActionType,
} from '@traffic-tacos/contracts/common/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { type DomainEvent, emit } from '../../events/index.ts';
import { audit } from '../../live/index.ts';
import { newId } from '../shared/new-id.ts';
import { timestampOf } from '../shared/time.ts';
import { authorOf } from './author.ts';
import { cancelHolds, cancellationOf } from './cancel-holds.ts';
import type { AdminDeps } from './deps.ts';
import { emergencyKinds, type Step } from './emergency-kinds.ts';
import { maintenanceChanges } from './maintenance-changes.ts';
import { maintenanceEvent } from './maintenance-event.ts';
import { checkParameters } from './parameters.ts';

/** Takes a drastic step at once. It holds until it is undone, also after a restart. */
export async function emergencyAction(
  deps: AdminDeps,
  request: EmergencyActionRequest,
  call: Call,
): Promise<EmergencyActionResponse> {
  const { action, parameters, reason } = request;
  if (action === EmergencyActionType.UNSPECIFIED) {
    throw refuse('INVALID_ARGUMENT', 'action is not said', [{ field: 'action', reason: 'MISSING' }]);
  }
  const kind = emergencyKinds(deps)[action];
  const what = EmergencyActionType[action];
  checkParameters(parameters, kind.parameters, what);
  if (kind.impossible !== undefined) {
    throw refuse('FAILED_PRECONDITION', `${what} cannot be done here: ${kind.impossible}`, [
      { field: 'action', reason: 'NOT_SUPPORTED_BY_SETUP', value: what },
    ]);
  }
  await deps.knownEvent(parameters.event_id);
  const actionId = newId('emg');
  const step = kind.step(parameters, actionId);
  const at = deps.clock();
  const task = step.task?.({ actionId, since: at });
  if (task !== undefined && deps.operations.isRunning(task.name)) {
    throw refuse('FAILED_PRECONDITION', `${task.name.trimEnd()} is under way already: wait for its end`, [
      { field: 'action', reason: 'ALREADY_RUNNING', value: what },
    ]);
  }
  const by = authorOf(call.caller);
  await switchOver(deps, step, { actionId, since: at, by }, reason, call.traceId);
  const result =
    task === undefined ? await step.result() : (await deps.operations.start(task, call.log)).result;
  call.log.warn(
    { action_id: actionId, action: what, subject: step.subject, result, by, reason },
    'emergency action',
  );
  return create(EmergencyActionResponseSchema, {
    executed: true,
    actionId,
    result,
    executedAt: timestampOf(at),
  });
}

async function switchOver(
  { store, switches, feed }: AdminDeps,
  step: Step,
  meta: { readonly actionId: string; readonly since: number; readonly by: string },
  reason: string,
  traceId: string,
): Promise<void> {
  const { subject, on, off } = step;
  const { actionId: id, since: at, by } = meta;
  const [before, after] = on === undefined ? ['on', 'off'] : ['off', 'on'];
  let news: DomainEvent | undefined;
  await switches.change({
    ...(on !== undefined && { on: { name: on, ...meta } }),
    ...(off !== undefined && { off }),
    commit: (writes) => {
      news = maintenanceEvent(step, switches, { id, at });
      return store.transact([
        ...writes,
        ...(news === undefined ? [] : [emit(news)]),
        audit({ id, at, by, kind: 'emergency', subject, before, after, reason }),
      ]);
    },
  });
  if (news !== undefined) {
    const isOn = news.name === 'maintenance.began';
    feed.publish(maintenanceChanges, () => ({ on: isOn, at, traceId }));
  }
}

/** Goes on with the cancellations that an end of the process has cut off. */
export async function resumeCancellations(deps: AdminDeps): Promise<void> {
  for (const { name, actionId, since } of deps.switches.list()) {
    const cancellation = cancellationOf(name);
    if (cancellation !== undefined) {
      await deps.operations.start(
        cancelHolds(deps, actionId, { eventId: cancellation.eventId, until: since }),
        deps.logger,
      );
    }
  }
}
