import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import {
  type ExtendHoldRequest,
  type ExtendHoldResponse,
  ExtendHoldResponseSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import type { Call } from '@traffic-tacos/server';
import { extend } from '../../domain/reservation/transitions.ts';
import { emit } from '../../events/index.ts';
import { put } from '../../store/index.ts';
import { setTimer } from '../../timers/index.ts';
import { answered } from '../shared/answered.ts';
import { contended } from '../shared/contended.ts';
import { mayAccess } from '../shared/owner.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import type { ReservationDeps } from './deps.ts';
import { reservationEvent, reservationOf, transitionRefused } from './reservation-record.ts';
import { reservationTable } from './tables.ts';

/** Gives a hold more time, first at the inventory, then in the reservation's record. */
export async function extendHold(
  deps: ReservationDeps,
  request: ExtendHoldRequest,
  call: Call,
  nested: CallOptions,
): Promise<ExtendHoldResponse> {
  return contended(`reservation ${request.reservationId}`, async () => {
    const item = await reservationOf(deps.store, request.reservationId, (owner) =>
      mayAccess(call.caller, request.userId, owner),
    );
    const reservation = item.value;
    const now = deps.clock();
    const extended = extend(reservation, request.extensionSeconds, deps.settings.maxExtensionSeconds, now);
    if (!extended.ok) {
      const answer = { newExpiresAt: timestampOf(reservation.holdExpiresAt), extensionAllowed: false };
      throw transitionRefused(reservation, extended.refusal, answer);
    }
    const longer = extended.reservation;
    answered(
      await deps.inventory.reserveSeat(
        {
          reservationId: reservation.id,
          eventId: reservation.eventId,
          seatIds: reservation.seats.map(({ id }) => id),
          userId: reservation.userId,
          holdExpiresAt: timestampOf(longer.holdExpiresAt),
          idempotencyKey: `${reservation.id}/extend/${longer.holdExpiresAt}`,
        },
        nested,
      ),
    );
    const response = create(ExtendHoldResponseSchema, {
      newExpiresAt: timestampOf(longer.holdExpiresAt),
      extendedSeconds: longer.extendedSeconds - reservation.extendedSeconds,
      extensionAllowed: true,
    });
    await deps.store.transact([
      put(reservationTable, reservation.id, longer, { if: { version: item.version } }),
      setTimer('reservation-expiry', reservation.id, longer.holdExpiresAt),
      emit(reservationEvent('reservation.extended', longer, now)),
      ...recorded(call, response),
    ]);
    return response;
  });
}
