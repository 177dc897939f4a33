/** Most seats that are chosen at once: the contract's limit. */
export const MAX_TOGETHER = 10;

/** Free seats that follow one another in a row, between taken ones or the row's ends. */
export interface Run {
  /** Index of its first seat among all seats of the event. */
  readonly start: number;
  readonly length: number;
}

/** Says of a row that this many seats, 1 to 10, are free side by side. */
export function fitBit(quantity: number): number {
  return 1 << (quantity - 1);
}

/** Says of a row that this many seats, 1 to 10, can be taken side by side without leaving a single one. */
export function cleanBit(quantity: number): number {
  return fitBit(quantity) << MAX_TOGETHER;
}

/** Whether taking so many of a run's seats leaves no single one, wherever in the run they are. */
export function leavesNoOrphan(run: Run, quantity: number): boolean {
  return run.length === quantity || run.length >= quantity + 2;
}

/** The bits of a row that has `free` places, which are all neighbours. */
export function bitsOfPlaces(free: number): number {
  const fits = upTo(free);
  return fits | (fits << MAX_TOGETHER);
}

/** The bits of a row with these runs. */
export function bitsOfRuns(runs: Iterable<Run>): number {
  let bits = 0;
  for (const { length } of runs) {
    const whole = length <= MAX_TOGETHER ? fitBit(length) : 0;
    bits |= upTo(length) | ((upTo(length - 2) | whole) << MAX_TOGETHER);
  }
  return bits;
}

/** The runs of a row, from its first seat. */
export function* runsOf(
  row: { readonly start: number; readonly count: number },
  isFree: (seat: number) => boolean,
): Generator<Run> {
  const end = row.start + row.count;
  for (let seat = row.start; seat < end; seat++) {
    if (isFree(seat)) {
      const start = seat;
      while (seat < end && isFree(seat)) {
        seat++;
      }
      yield { start, length: seat - start };
    }
  }
}

/** Bits of 1 to `quantity`. */
function upTo(quantity: number): number {
  return (1 << Math.max(0, Math.min(quantity, MAX_TOGETHER))) - 1;
}
