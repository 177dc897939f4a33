import { fitBit, leavesNoOrphan, type Run, runsOf } from './free-runs.ts';
import type { PlacedRow } from './seat-index.ts';
import type { SeatMap } from './seat-map.ts';

/** Runs that are looked at for a choice without orphans; after that the first seats are taken as they come. */
const MAX_RUNS = 200;

/** Seats taken from the beginning of a run. */
interface Part {
  readonly run: Run;
  readonly take: number;
}

/**
 * Free seats of one section that need not be neighbours, where no row has so many side by side.
 *
 * @returns as many as wanted in ascending order; `undefined` when the section has fewer.
 */
export function scatteredSeats(
  map: SeatMap,
  section: number,
  quantity: number,
  avoidOrphans: boolean,
  now: number,
): number[] | undefined {
  /** For each number of seats, parts that make it without an orphan. */
  const clean: (readonly Part[] | undefined)[] = [[]];
  const seats: number[] = [];
  let looked = 0;
  for (const run of runsOfSection(map, section, now)) {
    for (let offset = 0; offset < run.length && seats.length < quantity; offset++) {
      seats.push(run.start + offset);
    }
    if (avoidOrphans) {
      addRun(clean, run, quantity);
    }
    const enough = seats.length === quantity;
    if (enough && (!avoidOrphans || clean[quantity] !== undefined || ++looked >= MAX_RUNS)) {
      break;
    }
  }
  const parts = clean[quantity];
  if (parts !== undefined) {
    return parts.flatMap(({ run, take }) => Array.from({ length: take }, (_, offset) => run.start + offset));
  }
  return seats.length === quantity ? seats : undefined;
}

/** What can be made with one run more. */
function addRun(clean: (readonly Part[] | undefined)[], run: Run, quantity: number): void {
  for (let sum = quantity; sum > 0; sum--) {
    for (let take = Math.min(sum, run.length); take > 0 && clean[sum] === undefined; take--) {
      const rest = clean[sum - take];
      if (rest !== undefined && leavesNoOrphan(run, take)) {
        clean[sum] = [...rest, { run, take }];
      }
    }
  }
}

function* runsOfSection(map: SeatMap, section: number, now: number): Generator<Run> {
  const [from, to] = map.seats.rowsOf[section] ?? [0, 0];
  const isFree = (seat: number): boolean => map.isFree(seat, now);
  for (let row = map.rowWith(fitBit(1), from, to); row >= 0; row = map.rowWith(fitBit(1), row + 1, to)) {
    yield* runsOf(map.seats.rows[row] as PlacedRow, isFree);
  }
}
