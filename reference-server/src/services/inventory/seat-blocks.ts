import { create } from '@bufbuild/protobuf';
import { type SeatBlock, SeatBlockSchema } from '@traffic-tacos/contracts/reservation/v1';
import type { PlacedRow, SeatIndex } from '../../domain/inventory/seat-index.ts';
import type { SeatMap } from '../../domain/inventory/seat-map.ts';
import { moneyOf } from '../shared/money.ts';
import type { EventSeats } from './event-seats.ts';
import { STATUS } from './seat-message.ts';

/** Seats `from` (inclusive) to `to` (exclusive) as they are now, in blocks of what they have in common. */
export function seatBlocks(
  { map, seats }: Pick<EventSeats, 'map' | 'seats'>,
  from: number,
  to: number,
  now: number,
): SeatBlock[] {
  const blocks: SeatBlock[] = [];
  for (let row = to > from ? seats.rowAt(from) : seats.rows.length; row < seats.rows.length; row++) {
    const placed = seats.rows[row] as PlacedRow;
    const first = Math.max(from, placed.start);
    const end = Math.min(to, placed.start + placed.count);
    if (placed.start >= to) {
      break;
    }
    if (first < end) {
      blocks.push(block(map, seats, placed, first, end, now));
    }
  }
  return blocks;
}

function block(
  map: SeatMap,
  seats: SeatIndex,
  { layout, section, start }: PlacedRow,
  from: number,
  to: number,
  now: number,
) {
  const statuses = new Uint8Array(to - from);
  for (let seat = from; seat < to; seat++) {
    statuses[seat - from] = STATUS[map.stateOf(seat, now)];
  }
  const { numbering, prefix } = layout;
  const counts = numbering.kind === 'range' && numbering.step === 1;
  return create(SeatBlockSchema, {
    section: seats.layout.sections[section]?.id ?? '',
    row: layout.name,
    price: moneyOf(layout.price, seats.layout.currency),
    naming: counts
      ? { case: 'range', value: { idPrefix: prefix, firstNumber: numbering.first + from - start } }
      : { case: 'names', value: names(seats, from, to) },
    statuses,
  });
}

function names(seats: SeatIndex, from: number, to: number): { ids: string[]; numbers: string[] } {
  const planned = Array.from({ length: to - from }, (_, offset) => seats.seatAt(from + offset));
  return { ids: planned.map(({ id }) => id), numbers: planned.map(({ number }) => number) };
}
