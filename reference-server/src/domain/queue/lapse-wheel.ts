import { type PlaceEntries, slotOf } from './place-entries.ts';

/** Wakes up for places at whole seconds. A place is in it at most once. */
export interface LapseWheel {
  has(sequence: number): boolean;
  /** @param second Epoch seconds, later than the last `fire`. */
  add(sequence: number, second: number): void;
  /**
   * Lets time pass to this second and visits what was due by then. A visit says when the place is to be
   * visited again; one that does not takes it out. Visits may come early, never late.
   */
  fire(second: number, visit: (sequence: number) => number | undefined): void;
}

/** Seconds in one turn. Longer times go round more than once. */
const SLOTS = 256;

/**
 * A wheel without places: one list for each second, linked through the entries. A heartbeat moves nothing; a
 * place is only looked at again when the time it had first is up. So each costs O(1) a turn.
 *
 * @param now Epoch seconds.
 */
export function lapseWheel(entries: PlaceEntries, now: number): LapseWheel {
  const heads = new Uint32Array(SLOTS);
  let current = now;

  const link = (sequence: number, second: number): void => {
    const slot = Math.min(Math.max(second, current + 1), current + SLOTS - 1) % SLOTS;
    entries.at(sequence).next[slotOf(sequence)] = heads[slot] as number;
    heads[slot] = sequence;
  };

  const mark = (sequence: number): void => {
    const slot = slotOf(sequence);
    const { wheel } = entries.at(sequence);
    wheel[slot >> 5] = (wheel[slot >> 5] as number) ^ (1 << (slot & 31));
  };

  return {
    has(sequence) {
      const slot = slotOf(sequence);
      return (((entries.at(sequence).wheel[slot >> 5] as number) >>> (slot & 31)) & 1) === 1;
    },
    add(sequence, second) {
      mark(sequence);
      entries.hold(sequence);
      link(sequence, second);
    },
    fire(second, visit) {
      const from = Math.max(current + 1, second - SLOTS + 1);
      if (from > second) {
        return;
      }
      current = second;
      for (let due = from; due <= second; due++) {
        let sequence = heads[due % SLOTS] as number;
        heads[due % SLOTS] = 0;
        while (sequence !== 0) {
          const next = entries.at(sequence).next[slotOf(sequence)] as number;
          const again = visit(sequence);
          if (again === undefined) {
            mark(sequence);
            entries.release(sequence);
          } else {
            link(sequence, again);
          }
          sequence = next;
        }
      }
    },
  };
}
