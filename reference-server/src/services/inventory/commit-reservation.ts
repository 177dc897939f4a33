import { create } from '@bufbuild/protobuf';
import {
  type CommitReservationRequest,
  type CommitReservationResponse,
  CommitReservationResponseSchema,
  CommitStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { type Hold, holdStateAt, holdsExactly } from '../../domain/inventory/hold.ts';
import { SeatState } from '../../domain/inventory/seat-state.ts';
import { contended } from '../shared/contended.ts';
import { derivedId } from '../shared/new-id.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import { buyerOf, buyerWrites } from './buyer-writes.ts';
import type { InventoryDeps } from './deps.ts';
import type { EventSeats } from './event-seats.ts';
import { differsFromHold, holdOf, indexesOf, ownSeats } from './held-seats.ts';
import { putHold } from './hold-write.ts';
import { seatsOfHold } from './seat-message.ts';

/** Turns a hold into a sale. */
export async function commitReservation(
  deps: InventoryDeps,
  request: CommitReservationRequest,
  call: Call,
): Promise<CommitReservationResponse> {
  return contended(`the seats of reservation ${request.reservationId}`, async () => {
    const event = await deps.events.get(request.eventId);
    const item = await holdOf(deps, request);
    const hold = item.value;
    refuseOtherSeats(hold, request);
    const now = deps.clock();
    const state = holdStateAt(hold, now);
    if (state === 'COMMITTED' && hold.paymentIntentId === request.paymentIntentId) {
      return responseOf(event, hold);
    }
    refuseUncommittable(hold, state);
    const sold: Hold = {
      ...hold,
      state: 'COMMITTED',
      orderId: derivedId('ord', hold.reservationId),
      paymentIntentId: request.paymentIntentId,
      committedAt: now,
    };
    const response = responseOf(event, sold);
    const seats = indexesOf(event, hold);
    await event.inTurn(seats, async () => {
      const sale = (await ownSeats(event, hold, seats)).sell();
      const { version } = await deps.store.transact([
        putHold(sold, { version: item.version }),
        ...sale.writes,
        ...buyerWrites(await buyerOf(deps.store, hold), sold, now),
        ...recorded(call, response),
      ]);
      sale.written(version);
    });
    return response;
  });
}

function refuseOtherSeats(hold: Hold, request: CommitReservationRequest): void {
  const answer = { status: CommitStatus.FAILED_CONFLICT };
  if (request.userId !== '' && request.userId !== hold.userId) {
    throw refuse(
      'INVENTORY_CONFLICT',
      `user_id is not the buyer that reservation "${hold.reservationId}" holds seats for`,
      [{ field: 'user_id', reason: 'OTHER_BUYER' }],
      { answer },
    );
  }
  const differs =
    (request.seatIds.length > 0 && !holdsExactly(hold, request.seatIds)) ||
    (request.quantity !== 0 && request.quantity !== hold.seatIds.length);
  if (differs) {
    throw differsFromHold(hold, answer);
  }
}

function refuseUncommittable(hold: Hold, state: ReturnType<typeof holdStateAt>): void {
  if (state === 'EXPIRED') {
    throw refuse(
      'RESERVATION_EXPIRED',
      `the hold of reservation "${hold.reservationId}" lapsed at ${new Date(hold.expiresAt).toISOString()}`,
      [],
      { answer: { status: CommitStatus.FAILED_EXPIRED } },
    );
  }
  if (state !== 'ACTIVE') {
    const why = {
      COMMITTED: 'has been sold with another payment',
      RETURNED: 'has been sold and refunded',
      RELEASED: 'was released',
    }[state];
    throw refuse(
      'FAILED_PRECONDITION',
      `the hold of reservation "${hold.reservationId}" ${why}`,
      [
        {
          field: 'reservation_id',
          reason: { COMMITTED: 'ALREADY_SOLD', RETURNED: 'SEATS_RETURNED', RELEASED: 'HOLD_RELEASED' }[state],
          value: hold.reservationId,
        },
      ],
      { answer: { status: CommitStatus.FAILED_CONFLICT } },
    );
  }
}

function responseOf(event: EventSeats, hold: Hold): CommitReservationResponse {
  return create(CommitReservationResponseSchema, {
    orderId: hold.orderId ?? '',
    soldSeats: seatsOfHold(event.seats, hold, SeatState.SOLD),
    status: CommitStatus.SUCCESS,
    committedAt: timestampOf(hold.committedAt ?? 0),
  });
}
