import { create } from '@bufbuild/protobuf';
import { type Seat, SeatSchema, SeatStatus } from '@traffic-tacos/contracts/common/v1';
import type { Hold } from '../../domain/inventory/hold.ts';
import type { SeatIndex } from '../../domain/inventory/seat-index.ts';
import { SeatState } from '../../domain/inventory/seat-state.ts';
import { moneyOf } from '../shared/money.ts';

/** States as the contract says them. */
export const STATUS: Readonly<Record<SeatState, SeatStatus>> = {
  [SeatState.AVAILABLE]: SeatStatus.AVAILABLE,
  [SeatState.RESERVED]: SeatStatus.RESERVED,
  [SeatState.SOLD]: SeatStatus.SOLD,
  [SeatState.BLOCKED]: SeatStatus.BLOCKED,
};

/** A seat as the contract says it. */
export function seatMessage(seats: SeatIndex, seat: number, state: SeatState, price?: number): Seat {
  const planned = seats.seatAt(seat);
  return create(SeatSchema, {
    id: planned.id,
    section: planned.section.id,
    row: planned.row.name,
    number: planned.number,
    price: moneyOf(price ?? planned.price, seats.layout.currency),
    status: STATUS[state],
  });
}

/** The seats of a hold, at the prices they were held for. */
export function seatsOfHold(
  seats: SeatIndex,
  hold: Hold,
  status: SeatState,
  only: readonly string[] = hold.seatIds,
): Seat[] {
  return hold.seatIds.flatMap((id, at) => {
    const seat = seats.indexOf(id);
    return seat < 0 || !only.includes(id) ? [] : [seatMessage(seats, seat, status, hold.prices[at])];
  });
}
