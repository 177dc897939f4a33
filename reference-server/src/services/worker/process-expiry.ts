import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import {
  ProcessingStatus,
  type ProcessReservationExpiryRequest,
  type ProcessReservationExpiryResponse,
  ProcessReservationExpiryResponseSchema,
  ReleaseStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import type { Reservation } from '../../domain/reservation/reservation.ts';
import { expire } from '../../domain/reservation/transitions.ts';
import { emit } from '../../events/index.ts';
import { check, type Item, type Write } from '../../store/index.ts';
import { clearTimer, setTimer } from '../../timers/index.ts';
import { seatMessages } from '../reservation/messages.ts';
import { putUnsold, reservationEvent, reservationOf } from '../reservation/reservation-record.ts';
import { reservationTable } from '../reservation/tables.ts';
import { refusalOf } from '../shared/answered.ts';
import { contended } from '../shared/contended.ts';
import { HOLD_LAPSED } from '../shared/hold-lapsed.ts';
import { recorded } from '../shared/recorded.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import type { WorkerDeps } from './deps.ts';

/** Marks a reservation whose hold has lapsed as expired. One that is confirmed is never expired. */
export async function processReservationExpiry(
  deps: WorkerDeps,
  request: ProcessReservationExpiryRequest,
  call: Call,
  nested: CallOptions,
): Promise<ProcessReservationExpiryResponse> {
  return contended(`reservation ${request.reservationId}`, async () => {
    const item = await reservationOf(deps.store, request.reservationId, () => true);
    const reservation = item.value;
    if (request.eventId !== '' && request.eventId !== reservation.eventId) {
      throw refuse('NOT_FOUND', `reservation "${reservation.id}" is not for event "${request.eventId}"`, [
        { field: 'event_id', reason: 'OTHER_EVENT', value: request.eventId },
      ]);
    }
    const now = deps.clock();
    const setFor = msOf(request.expiredAt);
    const expired = expire(reservation, now);
    if (!expired.ok || !expired.changed || (setFor !== undefined && reservation.holdExpiresAt > setFor)) {
      const done = reservation.state !== 'HOLD';
      if (done) {
        await deps.store.transact([clearTimer('reservation-expiry', reservation.id)]);
      }
      return create(ProcessReservationExpiryResponseSchema, {
        status: ProcessingStatus.SKIPPED,
        processedAt: timestampOf(now),
        nextAction: done ? '' : 'The hold lasts longer by now and will be looked at when it lapses.',
      });
    }
    const response = create(ProcessReservationExpiryResponseSchema, {
      status: ProcessingStatus.SUCCESS,
      releasedSeats: seatMessages(expired.reservation, 'EXPIRED'),
      processedAt: timestampOf(now),
    });
    await expireHold(deps, item, expired.reservation, nested, recorded(call, response));
    return response;
  });
}

/**
 * Has the inventory tidy up after a lapsed hold and writes its expiry down. Whether it has lapsed is for the inventory
 * to say: an extension prolongs the hold there first, and is in the reservation's record only after that.
 *
 * @param expired The reservation after its expiry.
 * @throws CallFailure CONCURRENT_MODIFICATION when the hold still runs, or the seats are sold.
 */
export async function expireHold(
  deps: WorkerDeps,
  item: Item<Reservation>,
  expired: Reservation,
  nested: CallOptions,
  writes: readonly Write[] = [],
): Promise<void> {
  const { value: reservation, version } = item;
  const released = await deps.inventory.releaseHold(
    {
      reservationId: reservation.id,
      eventId: reservation.eventId,
      reason: HOLD_LAPSED,
      idempotencyKey: `${reservation.id}/expire/${reservation.holdExpiresAt}`,
    },
    nested,
  );
  const { error } = released;
  if (error?.code === ErrorCode.CONCURRENT_MODIFICATION) {
    const lapses = msOf(released.releasedAt);
    if (lapses === undefined) {
      throw refusalOf(error);
    }
    await lookAgain(deps, item, lapses);
    throw refuse(
      'CONCURRENT_MODIFICATION',
      `${error.message}; its extension is not recorded yet`,
      [{ field: 'reservation_id', reason: 'HOLD_RUNS', value: reservation.id }],
      {
        answer: {
          status: ProcessingStatus.RETRY,
          nextAction: 'Deliver again: the extension is recorded, or the hold lapses.',
        },
      },
    );
  }
  if (released.status === ReleaseStatus.FAILED) {
    // A confirmation was cut off after its commit, and its payment's event finishes it.
    throw refuse(
      'CONCURRENT_MODIFICATION',
      `the seats of reservation "${reservation.id}" are sold; its confirmation is not recorded yet`,
      [{ field: 'reservation_id', reason: 'SEATS_SOLD', value: reservation.id }],
      {
        answer: {
          status: ProcessingStatus.RETRY,
          nextAction: 'Deliver again: the payment confirms the reservation.',
        },
      },
    );
  }
  await deps.store.transact([
    putUnsold(expired, { version }),
    clearTimer('reservation-expiry', reservation.id),
    emit(reservationEvent('reservation.expired', expired, expired.updatedAt)),
    ...writes,
  ]);
  deps.onState(expired.state);
}

/**
 * Has the worker look at a hold when it lapses: an extension that was cut off before its record leaves a timer of
 * the former time. Where clocks differ and the time is over by this one, the next delivery asks again.
 *
 * @throws ConditionFailed when the reservation has changed meanwhile, and its timer with it.
 */
async function lookAgain(
  deps: WorkerDeps,
  { value: { id }, version }: Item<Reservation>,
  lapses: number,
): Promise<void> {
  if (lapses > deps.clock()) {
    await deps.store.transact([
      check(reservationTable, id, { version }),
      setTimer('reservation-expiry', id, lapses),
    ]);
  }
}
