import { refuse } from '@traffic-tacos/server';
import type { Hold } from '../../domain/inventory/hold.ts';
import { ConditionFailed, type Item } from '../../store/index.ts';
import type { InventoryDeps } from './deps.ts';
import type { EventSeats } from './event-seats.ts';
import type { OwnSeats } from './seat-records.ts';
import { holdTable, seatTable } from './tables.ts';

/**
 * The hold of a reservation.
 *
 * @throws CallFailure NOT_FOUND when the reservation never held seats of the event.
 */
export async function holdOf(
  deps: InventoryDeps,
  request: { readonly reservationId: string; readonly eventId: string },
  answer: object = {},
): Promise<Item<Hold>> {
  const item = await deps.store.get(holdTable, request.reservationId);
  if (item === undefined || item.value.eventId !== request.eventId) {
    throw refuse(
      'NOT_FOUND',
      `reservation "${request.reservationId}" never held seats of event "${request.eventId}"`,
      [{ field: 'reservation_id', reason: 'HOLD_NOT_FOUND', value: request.reservationId }],
      { answer },
    );
  }
  return item;
}

/** The seats of a hold, by their indexes. */
export function indexesOf(event: EventSeats, hold: Hold, only = hold.seatIds): number[] {
  return hold.seatIds.filter((id) => only.includes(id)).map((id) => event.seats.indexOf(id));
}

/**
 * The records of seats that a reservation holds or has bought, as they are now.
 *
 * @throws ConditionFailed when one of them is somebody else's by now: the hold was read before it changed.
 */
export async function ownSeats(event: EventSeats, hold: Hold, seats: readonly number[]): Promise<OwnSeats> {
  const own = await event.records.readOwn(hold, seats);
  if (own.seats.length !== seats.length) {
    throw new ConditionFailed([{ index: 0, table: seatTable.name, key: hold.reservationId }]);
  }
  return own;
}

/** A refusal of seats or a number of seats that are not those of the hold. */
export function differsFromHold(hold: Hold, answer: object): Error {
  return refuse(
    'INVENTORY_CONFLICT',
    `reservation "${hold.reservationId}" holds ${hold.seatIds.join(', ')}: name exactly these seats, or none`,
    [{ field: 'seat_ids', reason: 'OTHER_SEATS' }],
    { answer },
  );
}
