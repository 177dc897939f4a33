import { create } from '@bufbuild/protobuf';
import {
  OperationStatus,
  OperationType,
  type TriggerOperationRequest,
  type TriggerOperationResponse,
  TriggerOperationResponseSchema,
} from '@traffic-tacos/contracts/common/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { audit } from '../../live/index.ts';
import { newId } from '../shared/new-id.ts';
import { timestampOf } from '../shared/time.ts';
import { authorOf } from './author.ts';
import type { AdminDeps } from './deps.ts';
import { knownService } from './known-service.ts';
import { type OperationKind, operationKinds } from './operation-kinds.ts';
import { checkParameters } from './parameters.ts';

/** Starts an operation, which goes on when this is answered. */
export async function triggerOperation(
  deps: AdminDeps,
  request: TriggerOperationRequest,
  call: Call,
): Promise<TriggerOperationResponse> {
  const { operation, targetService, parameters, dryRun, reason } = request;
  if (operation === OperationType.UNSPECIFIED) {
    throw refuse('INVALID_ARGUMENT', 'operation is not said', [{ field: 'operation', reason: 'MISSING' }]);
  }
  const kind = operationKinds(deps)[operation];
  const what = OperationType[operation];
  checkTarget(kind, what, targetService, deps.services);
  checkParameters(parameters, kind.parameters, what);
  if (kind.impossible !== undefined) {
    throw refuse('FAILED_PRECONDITION', `${what} cannot be done here: ${kind.impossible}`, [
      { field: 'operation', reason: 'NOT_SUPPORTED_BY_SETUP', value: what },
    ]);
  }
  await deps.knownEvent(parameters.event_id);
  const at = deps.clock();
  const triggeredAt = timestampOf(at);
  if (dryRun) {
    const result = await kind.plan(targetService, parameters);
    return create(TriggerOperationResponseSchema, { status: OperationStatus.PENDING, result, triggeredAt });
  }
  const task = kind.task(targetService, parameters);
  if (deps.operations.isRunning(task.name)) {
    throw refuse('FAILED_PRECONDITION', `${task.name.trimEnd()} is running already: wait for its end`, [
      { field: 'operation', reason: 'ALREADY_RUNNING', value: what },
    ]);
  }
  const id = newId('op');
  const by = authorOf(call.caller);
  const after = OperationStatus[OperationStatus.RUNNING];
  const started = deps.operations.start(
    {
      ...task,
      id,
      run: async (signal, progress) => {
        await deps.store.transact([
          audit({ id, at, by, kind: 'operation', subject: task.name, before: '', after, reason }),
        ]);
        return task.run(signal, progress);
      },
    },
    call.log.child({ by, reason }),
  );
  const { status, result } = await started;
  return create(TriggerOperationResponseSchema, {
    triggered: true,
    operationId: id,
    status,
    result,
    triggeredAt,
  });
}

function checkTarget(
  { services }: OperationKind,
  what: string,
  target: string,
  known: readonly string[],
): void {
  if (target === '') {
    return;
  }
  knownService('target_service', target, known);
  if (services !== undefined && !services.includes(target)) {
    throw refuse('INVALID_ARGUMENT', `${what} concerns ${services.join(', ')}, not "${target}"`, [
      { field: 'target_service', reason: 'OTHER_SERVICE', value: target },
    ]);
  }
}
