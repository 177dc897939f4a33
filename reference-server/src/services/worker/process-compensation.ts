import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import {
  CompensationType,
  type ProcessCompensationRequest,
  type ProcessCompensationResponse,
  ProcessCompensationResponseSchema,
  ProcessingStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { reservationOf } from '../reservation/reservation-record.ts';
import { timestampOf } from '../shared/time.ts';
import { cancelReservation, cleanUp, refundPayments, releaseSeats } from './compensations.ts';
import type { WorkerDeps } from './deps.ts';
import type { Tried } from './tried.ts';

/**
 * Undoes the finished steps of a booking that cannot be completed. Each action is tried on its own; an answer that
 * some may work later is not kept, so that the next delivery tries them again.
 */
export async function processCompensation(
  deps: WorkerDeps,
  request: ProcessCompensationRequest,
  call: Call,
  nested: CallOptions,
): Promise<ProcessCompensationResponse> {
  const { value: reservation } = await reservationOf(deps.store, request.reservationId, () => true);
  const { originalOperation: operation, failureReason: reason } = request;
  call.log.info({ reservation: reservation.id, operation, reason }, 'a booking is undone');
  const booking = { deps, reservation, nested };
  const tried = await compensations[request.compensationType]?.(booking);
  if (tried === undefined) {
    throw new Error(`compensation type ${request.compensationType} passed validation, but means nothing`);
  }
  const actionsTaken = tried.map(({ action }) => action);
  const processedAt = timestampOf(deps.clock());
  const failed =
    tried.find(({ failure }) => failure !== undefined && !failure.passing) ??
    tried.find(({ failure }) => failure !== undefined);
  if (failed?.failure !== undefined) {
    const { passing, message } = failed.failure;
    throw refuse(
      passing ? 'CONCURRENT_MODIFICATION' : 'FAILED_PRECONDITION',
      `the compensation of reservation "${reservation.id}" is not complete: ${message}`,
      [{ field: 'reservation_id', reason: 'COMPENSATION_INCOMPLETE', value: reservation.id }],
      { answer: { actionsTaken, processedAt, requiresManualIntervention: !passing } },
    );
  }
  return create(ProcessCompensationResponseSchema, {
    status: tried.length > 0 ? ProcessingStatus.SUCCESS : ProcessingStatus.SKIPPED,
    actionsTaken,
    processedAt,
  });
}

const compensations: Readonly<
  Partial<Record<CompensationType, (booking: Parameters<typeof cleanUp>[0]) => Promise<readonly Tried[]>>>
> = {
  [CompensationType.RELEASE_SEATS]: releaseSeats,
  [CompensationType.REFUND_PAYMENT]: refundPayments,
  [CompensationType.CANCEL_RESERVATION]: cancelReservation,
  [CompensationType.CLEANUP_ORPHANED]: cleanUp,
};
