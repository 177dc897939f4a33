import { type ExpiryHeap, expiryHeap } from '../time/expiry-heap.ts';
import { type AreaMap, areaMap } from './area-map.ts';
import { bitsOfPlaces, bitsOfRuns, runsOf } from './free-runs.ts';
import { rowSearch } from './row-search.ts';
import { type SectionCounts, seatCounts } from './seat-counts.ts';
import type { PlacedRow, SeatIndex } from './seat-index.ts';
import { SeatState } from './seat-state.ts';

/** What is known of one seat, as of the last look at the store. */
export interface SeatRecord {
  readonly state: SeatState;
  /** Of a hold: epoch milliseconds from which on the seat is free. */
  readonly expiresAt: number;
  /** Version of the stored item; 0 when there is none. */
  readonly version: number;
}

/**
 * Which seats of an event are free, in memory. It guides the choice and answers what is on sale; whether a
 * seat is really taken is decided by the condition on the stored item alone. About 20 bytes a seat.
 * Every function costs the same, whether an event has a thousand seats or a million, but for the logarithm.
 */
export interface SeatMap {
  readonly seats: SeatIndex;
  /** State at this moment: a hold whose expiry has passed counts as available. */
  stateOf(seat: number, now: number): SeatState;
  /** Whether the seat may be chosen: available, and no write on it under way. */
  isFree(seat: number, now: number): boolean;
  /** Whether a write on the seat is under way. */
  isPending(seat: number): boolean;
  record(seat: number): SeatRecord;
  /** Takes over what the store holds. */
  apply(seat: number, record: SeatRecord): void;
  /** Keeps a seat from being chosen twice while the write that takes it is under way. */
  setPending(seat: number, pending: boolean): void;
  /**
   * Whether a write on what the store keeps of the seat is under way: on the seat, or on another place of its shard
   * in an area without seats.
   */
  isBusy(seat: number): boolean;
  /** Seats of a row that may be chosen. */
  freeInRow(row: number): number;
  /** Seats of a section that may be chosen. */
  freeInSection(section: number): number;
  /** First row from `from`, inclusive, to `to`, exclusive, that has one of the bits of `free-runs.ts`; -1 for none. */
  rowWith(bits: number, from: number, to: number): number;
  /** The places of a row that is an area without seats; `undefined` for a row of seats. */
  areaAt(row: number): AreaMap | undefined;
  /** Counts of a section at this moment, by its position. */
  counts(section: number, now: number): SectionCounts;
  /** Frees every seat whose hold has lapsed by now; called by the other functions that take a time. */
  advance(now: number): void;
}

/**
 * A map of an event without any seat taken.
 *
 * @param changed Told of each seat whose state is another than before, also of one whose hold has lapsed.
 */
export function seatMap(seats: SeatIndex, changed: (seat: number) => void = () => undefined): SeatMap {
  const states = new Uint8Array(seats.size);
  const pending = new Uint8Array(seats.size);
  const expiries = new Float64Array(seats.size);
  const versions = new Float64Array(seats.size);
  const counts = seatCounts(seats);
  const heap: ExpiryHeap = expiryHeap();
  const areas = new Map<number, AreaMap>();
  seats.rows.forEach((row, at) => {
    if (seats.layout.sections[row.section]?.area === true) {
      areas.set(at, areaMap(row));
    }
  });
  const free = (seat: number): boolean => states[seat] === SeatState.AVAILABLE && pending[seat] === 0;
  const rows = rowSearch(seats.rows.length, (row) => {
    const area = areas.get(row);
    return area === undefined
      ? bitsOfRuns(runsOf(seats.rows[row] as PlacedRow, free))
      : bitsOfPlaces(area.free());
  });

  /** Brings what is known of the seat's row up to date with a change of the seat. */
  const changing = (seat: number, change: (row: number) => void): void => {
    const row = seats.rowAt(seat);
    const before = free(seat);
    change(row);
    const after = free(seat);
    if (after !== before) {
      areas.get(row)?.move(seat, after ? 1 : -1);
      rows.changed(row);
    }
  };

  const setState = (seat: number, state: SeatState): void => {
    const before = states[seat] as SeatState;
    changing(seat, (row) => {
      counts.move(row, before, state, pending[seat] === 1);
      states[seat] = state;
    });
    if (before !== state) {
      changed(seat);
    }
  };

  const advance = (now: number): void => {
    for (let lapsed = heap.popDue(now); lapsed !== undefined; lapsed = heap.popDue(now)) {
      // The entry may speak of an earlier hold: only the seat's own expiry counts.
      if (states[lapsed] === SeatState.RESERVED && (expiries[lapsed] as number) <= now) {
        setState(lapsed, SeatState.AVAILABLE);
      }
    }
  };

  return {
    seats,
    advance,
    stateOf(seat, now) {
      advance(now);
      return states[seat] as SeatState;
    },
    isFree(seat, now) {
      advance(now);
      return free(seat);
    },
    isPending: (seat) => pending[seat] === 1,
    isBusy: (seat) => areas.get(seats.rowAt(seat))?.isBusy(seat) ?? pending[seat] === 1,
    record: (seat) => ({
      state: states[seat] as SeatState,
      expiresAt: expiries[seat] as number,
      version: versions[seat] as number,
    }),
    apply(seat, record) {
      expiries[seat] = record.expiresAt;
      versions[seat] = record.version;
      setState(seat, record.state);
      if (record.state === SeatState.RESERVED) {
        heap.push(record.expiresAt, seat);
      }
    },
    setPending(seat, value) {
      if ((pending[seat] === 1) !== value) {
        changing(seat, (row) => {
          pending[seat] = value ? 1 : 0;
          counts.block(row, states[seat] as SeatState, value);
          areas.get(row)?.setPending(seat, value);
        });
      }
    },
    freeInRow: (row) => counts.freeInRow(row),
    freeInSection: (section) => counts.freeInSection(section),
    rowWith: (bits, from, to) => rows.next(bits, from, to),
    areaAt: (row) => areas.get(row),
    counts(section, now) {
      advance(now);
      return counts.ofSection(section);
    },
  };
}
