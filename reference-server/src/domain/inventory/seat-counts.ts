import type { SeatIndex } from './seat-index.ts';
import { SeatState } from './seat-state.ts';

/** How many seats of a section are in each state. */
export interface SectionCounts {
  readonly total: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  readonly blocked: number;
}

/** Counts that are kept while seats change, so that asking for them costs nothing. */
export interface SeatCounts {
  /** A seat of the row goes from one state to another; `pending`: a write on it is under way. */
  move(row: number, from: SeatState, to: SeatState, pending: boolean): void;
  /** A write on a seat of the row, now in this state, begins or ends. */
  block(row: number, state: SeatState, pending: boolean): void;
  /** Available seats of the row on which no write is under way. */
  freeInRow(row: number): number;
  /** The same of a section. */
  freeInSection(section: number): number;
  ofSection(section: number): SectionCounts;
}

const STATES = 4;

/** Counts of an event whose seats are all available. */
export function seatCounts(seats: SeatIndex): SeatCounts {
  const free = Int32Array.from(seats.rows, (row) => row.count);
  const freeBySection = new Int32Array(seats.layout.sections.length);
  const bySection = new Int32Array(seats.layout.sections.length * STATES);
  for (const row of seats.rows) {
    add(row.section, SeatState.AVAILABLE, row.count);
    freeBySection[row.section] = (freeBySection[row.section] as number) + row.count;
  }

  function add(section: number, state: SeatState, count: number): void {
    const at = section * STATES + state;
    bySection[at] = (bySection[at] as number) + count;
  }

  function sectionAt(row: number): number {
    return (seats.rows[row] as (typeof seats.rows)[number]).section;
  }

  function addFree(row: number, count: number): void {
    const section = sectionAt(row);
    free[row] = (free[row] as number) + count;
    freeBySection[section] = (freeBySection[section] as number) + count;
  }

  return {
    move(row, from, to, pending) {
      const section = sectionAt(row);
      add(section, from, -1);
      add(section, to, 1);
      if (!pending) {
        addFree(row, (to === SeatState.AVAILABLE ? 1 : 0) - (from === SeatState.AVAILABLE ? 1 : 0));
      }
    },
    block(row, state, pending) {
      if (state === SeatState.AVAILABLE) {
        addFree(row, pending ? -1 : 1);
      }
    },
    freeInRow: (row) => free[row] as number,
    freeInSection: (section) => freeBySection[section] as number,
    ofSection(section) {
      const of = (state: SeatState): number => bySection[section * STATES + state] as number;
      const available = of(SeatState.AVAILABLE);
      const reserved = of(SeatState.RESERVED);
      const sold = of(SeatState.SOLD);
      const blocked = of(SeatState.BLOCKED);
      return { total: available + reserved + sold + blocked, available, reserved, sold, blocked };
    },
  };
}
