import { refuse } from '@traffic-tacos/server';
import type { Hold } from '../../domain/inventory/hold.ts';
import { ConditionFailed, type Item } from '../../store/index.ts';
import type { InventoryDeps } from './deps.ts';
import type { EventSeats } from './event-seats.ts';
import { holdTable, type SeatItem, seatTable } from './tables.ts';

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

/**
 * The items of the seats that a reservation holds, as they are now.
 *
 * @throws ConditionFailed when one of them is somebody else's by now: the hold was read before it changed.
 */
export async function heldSeats(
  event: EventSeats,
  hold: Hold,
): Promise<readonly { readonly seat: number; readonly item: Item<SeatItem> }[]> {
  const seats = hold.seatIds.map((id) => event.seats.indexOf(id));
  const items = await event.refresh(seats);
  return seats.map((seat, at) => {
    const item = items[at];
    if (item === undefined || item.value.reservationId !== hold.reservationId) {
      throw new ConditionFailed([{ index: at, table: seatTable.name, key: hold.seatIds[at] ?? '' }]);
    }
    return { seat, item };
  });
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
