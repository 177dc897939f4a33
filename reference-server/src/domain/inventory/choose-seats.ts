import { cleanBit, fitBit, leavesNoOrphan, MAX_TOGETHER, type Run, runsOf } from './free-runs.ts';
import { scatteredSeats } from './scattered-seats.ts';
import type { PlacedRow } from './seat-index.ts';
import type { SeatMap } from './seat-map.ts';

/** What is wanted by number. */
export interface Wish {
  /** 1 to 10. */
  readonly quantity: number;
  /** Position of the section to choose from; `undefined`: any section. */
  readonly section?: number | undefined;
  /**
   * Prefer seats that leave no orphan: no single free seat between taken ones, or between one and the end of the
   * row. Where there are none, the best seats are chosen all the same.
   */
  readonly avoidOrphans?: boolean;
}

/**
 * Chooses free seats for a request by quantity: the first ones of the layout that are side by side in a row, else
 * any free seats of one section, else none. An area without seats has all its places side by side.
 *
 * Costs the logarithm of the event's rows and, for what is not to be had side by side, what the first rows with free
 * seats cost.
 *
 * @returns the seats' indexes in ascending order, or `undefined` when no section has enough of them.
 * @throws RangeError for a quantity that is not from 1 to 10.
 */
export function chooseSeats(map: SeatMap, wish: Wish, now: number): number[] | undefined {
  const { quantity, section, avoidOrphans = false } = wish;
  if (!(Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_TOGETHER)) {
    throw new RangeError(`${quantity} seats were asked for; expected 1 to ${MAX_TOGETHER}`);
  }
  map.advance(now);
  const { rows, rowsOf } = map.seats;
  const [from, to] = section === undefined ? [0, rows.length] : (rowsOf[section] ?? [0, 0]);
  const clean = avoidOrphans ? map.rowWith(cleanBit(quantity), from, to) : -1;
  const row = clean >= 0 ? clean : map.rowWith(fitBit(quantity), from, to);
  if (row >= 0) {
    return seatsOfRow(map, row, quantity, clean >= 0, now);
  }
  const sections = section === undefined ? rowsOf.keys() : [section];
  for (const candidate of sections) {
    if (map.freeInSection(candidate) >= quantity) {
      return scatteredSeats(map, candidate, quantity, avoidOrphans, now);
    }
  }
  return undefined;
}

/** Seats side by side in a row that is known to have them. */
function seatsOfRow(map: SeatMap, row: number, quantity: number, clean: boolean, now: number): number[] {
  const isFree = (seat: number): boolean => map.isFree(seat, now);
  const area = map.areaAt(row);
  if (area !== undefined) {
    return found(area.choose(quantity, isFree), row);
  }
  const fits = (run: Run): boolean => (clean ? leavesNoOrphan(run, quantity) : run.length >= quantity);
  for (const run of runsOf(map.seats.rows[row] as PlacedRow, isFree)) {
    if (fits(run)) {
      // From the run's beginning, so that what is left is in one piece.
      return Array.from({ length: quantity }, (_, offset) => run.start + offset);
    }
  }
  return found(undefined, row);
}

function found(seats: number[] | undefined, row: number): number[] {
  if (seats === undefined) {
    throw new Error(`row ${row} was said to have seats that it does not have`);
  }
  return seats;
}
