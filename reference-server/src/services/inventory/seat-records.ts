import type { Hold } from '../../domain/inventory/hold.ts';
import type { SeatMap } from '../../domain/inventory/seat-map.ts';
import type { Write } from '../../store/index.ts';

/** What is to be written of some seats. */
export interface SeatChange {
  readonly writes: readonly Write[];
  /** Takes over in memory what was written, with the transaction's version. */
  readonly written: (version: number) => void;
}

/** What the store keeps of the seats that a reservation holds or has bought, as it was read. */
export interface OwnSeats {
  /** Those that are the reservation's; in the order asked for. */
  readonly seats: readonly number[];
  prolong(expiresAt: number): SeatChange;
  sell(): SeatChange;
  /** Puts held or sold seats back on sale. */
  free(): SeatChange;
}

/** What the store keeps of the seats of an event. */
export interface SeatRecords {
  /**
   * Has a hold take free seats, on the condition that they are what the map has them for.
   *
   * @throws ConditionFailed when the map is known to be wrong.
   */
  take(hold: Hold, seats: readonly number[], now: number): SeatChange;
  /** Reads seats of a reservation. What is somebody else's by now, or free, is left out. */
  readOwn(hold: Hold, seats: readonly number[]): Promise<OwnSeats>;
  /** Reads seats, and has the map take over what they are. */
  refresh(seats: readonly number[]): Promise<void>;
}

/** Several changes as one. */
export function together(changes: readonly SeatChange[]): SeatChange {
  return {
    writes: changes.flatMap(({ writes }) => writes),
    written: (version) => {
      for (const change of changes) {
        change.written(version);
      }
    },
  };
}

/** The records of all seats: of those in rows, and of the places of areas. */
export function allRecords(map: SeatMap, inRows: SeatRecords, inAreas: SeatRecords): SeatRecords {
  const split = (seats: readonly number[]): { records: SeatRecords; seats: readonly number[] }[] => {
    const areas = seats.filter((seat) => map.areaAt(map.seats.rowAt(seat)) !== undefined);
    const rows = areas.length === 0 ? seats : seats.filter((seat) => !areas.includes(seat));
    return [
      { records: inRows, seats: rows },
      { records: inAreas, seats: areas },
    ].filter((part) => part.seats.length > 0);
  };
  return {
    take: (hold, seats, now) =>
      together(split(seats).map((part) => part.records.take(hold, part.seats, now))),
    async readOwn(hold, seats) {
      const own = await Promise.all(split(seats).map((part) => part.records.readOwn(hold, part.seats)));
      return {
        seats: own.flatMap((part) => part.seats),
        prolong: (expiresAt) => together(own.map((part) => part.prolong(expiresAt))),
        sell: () => together(own.map((part) => part.sell())),
        free: () => together(own.map((part) => part.free())),
      };
    },
    async refresh(seats) {
      await Promise.all(split(seats).map((part) => part.records.refresh(part.seats)));
    },
  };
}
