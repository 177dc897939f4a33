import { OrphanSeatRule } from '@traffic-tacos/contracts/catalog/v1';
import { type FailureDetail, refuse } from '@traffic-tacos/server';
import { chooseSeats } from '../../domain/inventory/choose-seats.ts';
import { SeatState } from '../../domain/inventory/seat-state.ts';
import type { EventSeats } from './event-seats.ts';

/** Which seats somebody wants: those named, or a number of them. */
export interface Wanted {
  readonly seatIds: readonly string[];
  /** 0: as many as are named. */
  readonly quantity: number;
  /** Section to choose from; empty: any. Not looked at beside `seatIds`. */
  readonly section: string;
}

/** What becomes of the wish: the seats, or that others are just being decided. */
export type Choice =
  | { readonly kind: 'chosen'; readonly seats: readonly number[] }
  | { readonly kind: 'undecided' };

/** The section's position; `undefined` for any. @throws CallFailure NOT_FOUND for an unknown one. */
export function sectionPosition(event: EventSeats, section: string): number | undefined {
  if (section === '') {
    return undefined;
  }
  const position = event.seats.sectionOf(section);
  if (position < 0) {
    throw refuse('NOT_FOUND', `event "${event.event.id}" has no section "${section}"`, [
      { field: 'section', reason: 'SECTION_NOT_FOUND', value: section },
    ]);
  }
  return position;
}

/** The seats' indexes. @throws CallFailure NOT_FOUND that names every seat the event does not have. */
export function namedSeats(event: EventSeats, seatIds: readonly string[]): number[] {
  const unknown: FailureDetail[] = [];
  const seats = seatIds.map((id, at) => {
    const seat = event.seats.indexOf(id);
    if (seat < 0) {
      unknown.push({ field: `seat_ids[${at}]`, reason: 'SEAT_NOT_FOUND', value: id });
    }
    return seat;
  });
  if (unknown.length > 0) {
    const names = unknown.map(({ value }) => value).join(', ');
    throw refuse('NOT_FOUND', `event "${event.event.id}" has no seat ${names}`, unknown);
  }
  return seats;
}

/**
 * Chooses seats to hold.
 *
 * @throws CallFailure INVENTORY_CONFLICT when a named seat is taken, INSUFFICIENT_INVENTORY when too few are
 * free, NOT_FOUND for a seat or section that the event does not have.
 */
export function choose(event: EventSeats, wanted: Wanted, now: number): Choice {
  return wanted.seatIds.length > 0 ? chooseNamed(event, wanted.seatIds, now) : chooseAny(event, wanted, now);
}

function chooseNamed(event: EventSeats, seatIds: readonly string[], now: number): Choice {
  const seats = namedSeats(event, seatIds);
  const taken = seats.filter((seat) => event.map.stateOf(seat, now) !== SeatState.AVAILABLE);
  if (taken.length > 0) {
    throw takenSeats(taken.map((seat) => event.seats.seatAt(seat).id));
  }
  const undecided = seats.some((seat) => event.map.isBusy(seat));
  // In the order of the layout, as the contract answers them.
  return undecided ? { kind: 'undecided' } : { kind: 'chosen', seats: seats.sort((a, b) => a - b) };
}

function chooseAny(event: EventSeats, wanted: Wanted, now: number): Choice {
  const section = sectionPosition(event, wanted.section);
  const seats = bestSeats(event, wanted.quantity, section, now);
  if (seats !== undefined) {
    // Only where every other shard of an area is being written as well.
    return seats.some((seat) => event.map.isBusy(seat)) ? { kind: 'undecided' } : { kind: 'chosen', seats };
  }
  if (othersDecide(event, wanted.quantity, section, now)) {
    return { kind: 'undecided' };
  }
  const where = section === undefined ? 'one section of the event' : `section "${wanted.section}"`;
  throw refuse(
    'INSUFFICIENT_INVENTORY',
    `${wanted.quantity} seats are wanted in ${where}, but too few are free`,
    [{ field: 'quantity', reason: 'TOO_FEW_SEATS', value: String(wanted.quantity) }],
  );
}

/** A refusal that names the seats which are taken. */
function takenSeats(ids: readonly string[]): Error {
  const what = ids.length === 1 ? `seat ${ids[0]} is` : `seats ${ids.join(', ')} are`;
  return refuse(
    'INVENTORY_CONFLICT',
    `${what} taken; choose others`,
    ids.map((value) => ({ field: 'seat_ids', reason: 'SEAT_UNAVAILABLE', value })),
  );
}

/** Whether a section had enough seats if nobody got those that are just being decided. */
function othersDecide(
  event: EventSeats,
  quantity: number,
  section: number | undefined,
  now: number,
): boolean {
  const sections = section === undefined ? [...event.seats.rowsOf.keys()] : [section];
  return sections.some((at) => {
    const { available } = event.map.counts(at, now);
    return available >= quantity && event.map.freeInSection(at) < available;
  });
}

/** The seats that a request by quantity gets at this moment, by the event's rule. */
export function bestSeats(
  event: EventSeats,
  quantity: number,
  section: number | undefined,
  now: number,
): number[] | undefined {
  const avoidOrphans = event.event.orphanSeatRule === OrphanSeatRule.AVOID;
  return chooseSeats(event.map, { quantity, section, avoidOrphans }, now);
}
