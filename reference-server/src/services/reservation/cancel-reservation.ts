import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  type CancelReservationRequest,
  type CancelReservationResponse,
  CancelReservationResponseSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import type { Call } from '@traffic-tacos/server';
import { type Reservation, stateAt } from '../../domain/reservation/reservation.ts';
import { cancel } from '../../domain/reservation/transitions.ts';
import { emit } from '../../events/index.ts';
import { clearTimer } from '../../timers/index.ts';
import { answered } from '../shared/answered.ts';
import { contended } from '../shared/contended.ts';
import { mayAccess } from '../shared/owner.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import type { ReservationDeps } from './deps.ts';
import { seatMessages, statusOf } from './messages.ts';
import { putUnsold, reservationEvent, reservationOf, transitionRefused } from './reservation-record.ts';

/**
 * Gives a hold up. The seats go first: once they are released nothing can confirm the reservation, and after a
 * crash in between its hold has lapsed all the same.
 */
export async function cancelReservation(
  deps: ReservationDeps,
  request: CancelReservationRequest,
  call: Call,
  nested: CallOptions,
): Promise<CancelReservationResponse> {
  return contended(`reservation ${request.reservationId}`, async () => {
    const item = await reservationOf(deps.store, request.reservationId, (owner) =>
      mayAccess(call.caller, request.userId, owner),
    );
    const reservation = item.value;
    const now = deps.clock();
    const cancelled = cancel(reservation, now);
    if (!cancelled.ok) {
      const status = statusOf(stateAt(reservation, now));
      throw transitionRefused(reservation, cancelled.refusal, { reservationId: reservation.id, status });
    }
    if (!cancelled.changed) {
      return responseOf(reservation);
    }
    answered(
      await deps.inventory.releaseHold(
        {
          reservationId: reservation.id,
          eventId: reservation.eventId,
          // Not the caller's own words: whoever comes back after a crash may have others, and the key is the same.
          reason: 'the reservation is cancelled',
          idempotencyKey: `${reservation.id}/cancel`,
        },
        nested,
      ),
    );
    const response = responseOf(cancelled.reservation);
    await deps.store.transact([
      putUnsold(cancelled.reservation, { version: item.version }),
      clearTimer('reservation-expiry', reservation.id),
      emit(reservationEvent('reservation.cancelled', cancelled.reservation, now)),
      ...recorded(call, response),
    ]);
    deps.onState(cancelled.reservation.state);
    return response;
  });
}

function responseOf(reservation: Reservation): CancelReservationResponse {
  return create(CancelReservationResponseSchema, {
    status: statusOf('CANCELLED'),
    cancelledAt: timestampOf(reservation.cancelledAt ?? reservation.updatedAt),
    releasedSeats: seatMessages(reservation, 'CANCELLED', SeatStatus.AVAILABLE),
    reservationId: reservation.id,
    message: `Given back: ${reservation.seats.map(({ id }) => id).join(', ')}.`,
  });
}
