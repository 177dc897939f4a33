import { create } from '@bufbuild/protobuf';
import {
  type ReturnSeatsRequest,
  type ReturnSeatsResponse,
  ReturnSeatsResponseSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { type Hold, holdStateAt, withoutSeats } from '../../domain/inventory/hold.ts';
import { SeatState } from '../../domain/inventory/seat-state.ts';
import { contended } from '../shared/contended.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import { buyerOf, buyerWrites } from './buyer-writes.ts';
import type { InventoryDeps } from './deps.ts';
import { holdOf, indexesOf, ownSeats } from './held-seats.ts';
import { putHold } from './hold-write.ts';
import { seatsOfHold } from './seat-message.ts';

/** Puts sold seats back on sale after their refund. */
export async function returnSeats(
  deps: InventoryDeps,
  request: ReturnSeatsRequest,
  call: Call,
): Promise<ReturnSeatsResponse> {
  return contended(`the seats of reservation ${request.reservationId}`, async () => {
    const event = await deps.events.get(request.eventId);
    const item = await holdOf(deps, request);
    const hold = item.value;
    const now = deps.clock();
    refuseUnsold(hold, now);
    const before = hold.returnedSeatIds ?? [];
    refuseOthers(hold, before, request);
    const wanted = request.seatIds.length > 0 ? request.seatIds : hold.seatIds;
    const returned = hold.seatIds.filter((id) => wanted.includes(id));
    if (returned.length === 0) {
      return create(ReturnSeatsResponseSchema, { returnedAt: timestampOf(hold.returnedAt ?? now) });
    }
    const rest = withoutSeats(hold, returned);
    const next: Hold = {
      ...rest,
      state: rest.seatIds.length > 0 ? 'COMMITTED' : 'RETURNED',
      returnedSeatIds: [...before, ...returned],
      returnedAt: now,
    };
    const response = create(ReturnSeatsResponseSchema, {
      returnedSeats: seatsOfHold(event.seats, hold, SeatState.AVAILABLE, returned),
      returnedAt: timestampOf(now),
    });
    const seats = indexesOf(event, hold, returned);
    await event.inTurn(seats, async () => {
      const change = (await ownSeats(event, hold, seats)).free();
      const { version } = await deps.store.transact([
        putHold(next, { version: item.version }),
        ...change.writes,
        ...buyerWrites(await buyerOf(deps.store, hold), next, now),
        ...recorded(call, response),
      ]);
      change.written(version);
    });
    return response;
  });
}

function refuseUnsold(hold: Hold, now: number): void {
  const detail = (reason: string) => [{ field: 'reservation_id', reason, value: hold.reservationId }];
  switch (holdStateAt(hold, now)) {
    case 'ACTIVE':
      throw refuse(
        'FAILED_PRECONDITION',
        `the seats of reservation "${hold.reservationId}" are held, not sold; they come back with ReleaseHold`,
        detail('SEATS_HELD'),
      );
    case 'RELEASED':
    case 'EXPIRED':
      throw refuse(
        'NOT_FOUND',
        `reservation "${hold.reservationId}" never bought seats of event "${hold.eventId}"`,
        detail('SALE_NOT_FOUND'),
      );
    case 'COMMITTED':
    case 'RETURNED':
      return;
  }
}

function refuseOthers(hold: Hold, before: readonly string[], request: ReturnSeatsRequest): void {
  if (request.userId !== '' && request.userId !== hold.userId) {
    throw refuse(
      'INVENTORY_CONFLICT',
      `user_id is not the buyer that the seats of reservation "${hold.reservationId}" were sold to`,
      [{ field: 'user_id', reason: 'OTHER_BUYER' }],
    );
  }
  const others = request.seatIds.filter((id) => !hold.seatIds.includes(id) && !before.includes(id));
  if (others.length > 0) {
    throw refuse(
      'INVENTORY_CONFLICT',
      `reservation "${hold.reservationId}" has not bought ${others.join(', ')}: name seats that it bought, or none`,
      others.map((value) => ({ field: 'seat_ids', reason: 'OTHER_SEATS', value })),
    );
  }
}
