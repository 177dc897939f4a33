import type { Event } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import { duplicateSeatIds, type SeatIndex, seatIndex } from '../../domain/inventory/seat-index.ts';
import { inTurns } from '../shared/in-turns.ts';
import { layoutOf } from './layout-of.ts';

/** Most seats and places of one event. */
const MAX_SEATS = 1_000_000;

/** Seats that are looked up at a stretch. */
const STRETCH = 1_024;

/**
 * Checks what single fields cannot say of an event. With a million seats that takes a while, in which others have their
 * turns.
 *
 * @returns its seats.
 * @throws CallFailure INVALID_ARGUMENT that names the field.
 */
export async function checkEvent(event: Event): Promise<SeatIndex> {
  const seats = seatIndex(layoutOf(event));
  if (seats.size === 0 || seats.size > MAX_SEATS) {
    throw refuse(
      'INVALID_ARGUMENT',
      `event.sections have ${seats.size} seats altogether; expected 1 to ${MAX_SEATS}`,
      [{ field: 'event.sections', reason: 'SEAT_COUNT', value: String(seats.size) }],
    );
  }
  const duplicate = await inTurns(duplicateSeatIds(seats));
  if (duplicate !== undefined) {
    throw refuse(
      'INVALID_ARGUMENT',
      `event.sections give two seats the id "${duplicate}"; ids are unique in an event`,
      [{ field: 'event.sections', reason: 'DUPLICATE_SEAT_ID', value: duplicate }],
    );
  }
  await inTurns(checkBlocked(seats, event.blockedSeatIds));
  return seats;
}

function* checkBlocked(seats: SeatIndex, seatIds: readonly string[]): Generator<void, void> {
  for (const [at, id] of seatIds.entries()) {
    if (seats.indexOf(id) < 0) {
      throw refuse(
        'INVALID_ARGUMENT',
        `event.blocked_seat_ids[${at}] is "${id}", which is no seat of the event`,
        [{ field: `event.blocked_seat_ids[${at}]`, reason: 'SEAT_NOT_FOUND', value: id }],
      );
    }
    if (at % STRETCH === 0) {
      yield;
    }
  }
}
