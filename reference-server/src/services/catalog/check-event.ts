import type { Event } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import { duplicateSeatId, type SeatIndex, seatIndex } from '../../domain/inventory/seat-index.ts';
import { layoutOf } from './layout-of.ts';

/** Most seats and places of one event. */
const MAX_SEATS = 1_000_000;

/**
 * Checks what single fields cannot say of an event.
 *
 * @returns its seats.
 * @throws CallFailure INVALID_ARGUMENT that names the field.
 */
export function checkEvent(event: Event): SeatIndex {
  const seats = seatIndex(layoutOf(event));
  if (seats.size === 0 || seats.size > MAX_SEATS) {
    throw refuse(
      'INVALID_ARGUMENT',
      `event.sections have ${seats.size} seats altogether; expected 1 to ${MAX_SEATS}`,
      [{ field: 'event.sections', reason: 'SEAT_COUNT', value: String(seats.size) }],
    );
  }
  const duplicate = duplicateSeatId(seats);
  if (duplicate !== undefined) {
    throw refuse(
      'INVALID_ARGUMENT',
      `event.sections give two seats the id "${duplicate}"; ids are unique in an event`,
      [{ field: 'event.sections', reason: 'DUPLICATE_SEAT_ID', value: duplicate }],
    );
  }
  event.blockedSeatIds.forEach((id, at) => {
    if (seats.indexOf(id) < 0) {
      throw refuse(
        'INVALID_ARGUMENT',
        `event.blocked_seat_ids[${at}] is "${id}", which is no seat of the event`,
        [{ field: `event.blocked_seat_ids[${at}]`, reason: 'SEAT_NOT_FOUND', value: id }],
      );
    }
  });
  return seats;
}
