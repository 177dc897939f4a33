import type { SeatMap } from './seat-map.ts';

/**
 * Chooses free seats for a request by quantity: side by side in the first row that has them, else any free
 * seats of one section, else none. The cost grows with the rows of the event, not with its seats, as long as
 * rows that are full are full.
 *
 * @param section Position of the section to choose from; `undefined`: any section, in the layout's order.
 * @returns the seats' indexes, or `undefined` when no section has enough of them.
 */
export function chooseSeats(
  map: SeatMap,
  quantity: number,
  section: number | undefined,
  now: number,
): number[] | undefined {
  map.advance(now);
  const sections = section === undefined ? map.seats.rowsOf.keys() : [section];
  let scattered: number | undefined;
  for (const candidate of sections) {
    if (freeSeats(map, candidate) < quantity) {
      continue;
    }
    const adjacent = adjacentSeats(map, candidate, quantity, now);
    if (adjacent !== undefined) {
      return adjacent;
    }
    scattered ??= candidate;
  }
  return scattered === undefined ? undefined : anySeats(map, scattered, quantity, now);
}

function rowRange(map: SeatMap, section: number): readonly [number, number] {
  return map.seats.rowsOf[section] ?? [0, 0];
}

function freeSeats(map: SeatMap, section: number): number {
  const [from, to] = rowRange(map, section);
  let free = 0;
  for (let row = from; row < to; row++) {
    free += map.freeInRow(row);
  }
  return free;
}

function adjacentSeats(map: SeatMap, section: number, quantity: number, now: number): number[] | undefined {
  const [from, to] = rowRange(map, section);
  for (let row = from; row < to; row++) {
    const placed = map.seats.rows[row];
    if (placed === undefined || map.freeInRow(row) < quantity) {
      continue;
    }
    let run = 0;
    for (let seat = placed.start; seat < placed.start + placed.count; seat++) {
      run = map.isFree(seat, now) ? run + 1 : 0;
      if (run === quantity) {
        return Array.from({ length: quantity }, (_, offset) => seat - quantity + 1 + offset);
      }
    }
  }
  return undefined;
}

function anySeats(map: SeatMap, section: number, quantity: number, now: number): number[] {
  const [from, to] = rowRange(map, section);
  const chosen: number[] = [];
  for (let row = from; row < to && chosen.length < quantity; row++) {
    const placed = map.seats.rows[row];
    if (placed === undefined || map.freeInRow(row) === 0) {
      continue;
    }
    for (let seat = placed.start; seat < placed.start + placed.count && chosen.length < quantity; seat++) {
      if (map.isFree(seat, now)) {
        chosen.push(seat);
      }
    }
  }
  return chosen;
}
