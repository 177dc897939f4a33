/** Which seats of an event have changed, and in what order. Begins when somebody first watches. */
export interface SeatLog {
  /** Tells this log from every other one: numbers of one mean nothing to another. */
  readonly id: string;
  /** Number of the last change; 0 before the first. */
  sequence(): number;
  /** Notes that a seat has become something else. Costs nothing before somebody watches. */
  record(seat: number): void;
  /**
   * The seats that have changed after a number, each once, in ascending order; `undefined` when that lies too far
   * back, or ahead.
   */
  since(sequence: number): readonly number[] | undefined;
  /** @returns a function that ends the watch. */
  watch(changed: () => void): () => void;
}

/** Changes that are kept for those who have not seen them, where nothing else is said. 4 bytes each. */
const DEFAULT_KEPT = 16_384;

/** A log that keeps the last `kept` changes. */
export function seatLog(id: string, kept = DEFAULT_KEPT): SeatLog {
  const watchers = new Set<() => void>();
  let changes: Int32Array | undefined;
  let sequence = 0;
  return {
    id,
    sequence() {
      return sequence;
    },
    record(seat) {
      if (changes === undefined) {
        return;
      }
      changes[sequence % kept] = seat;
      sequence++;
      for (const changed of watchers) {
        changed();
      }
    },
    since(after) {
      if (changes === undefined || !(after >= 0 && after <= sequence && sequence - after <= kept)) {
        return undefined;
      }
      const seats = new Set<number>();
      for (let at = after; at < sequence; at++) {
        seats.add(changes[at % kept] as number);
      }
      return [...seats].sort((a, b) => a - b);
    },
    watch(changed) {
      changes ??= new Int32Array(kept);
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
}
