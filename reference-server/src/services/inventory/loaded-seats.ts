import type { SeatIndex } from '../../domain/inventory/seat-index.ts';
import type { SeatLog } from '../../domain/inventory/seat-log.ts';
import { type SeatMap, seatMap } from '../../domain/inventory/seat-map.ts';
import type { Item, Page, Query, Store } from '../../store/index.ts';
import { applySeat } from './apply-seat.ts';
import { areaRecords } from './area-records.ts';
import { rowRecords } from './row-records.ts';
import { allRecords, type SeatRecords } from './seat-records.ts';
import { areaTable, seatTable } from './tables.ts';

/** The seats of an event as this process sees them. Outlives changes of the event that leave its seats as they are. */
export interface LoadedSeats {
  readonly map: SeatMap;
  readonly records: SeatRecords;
  /** Resolves when a write on any seat that is under way now has ended. */
  settled(): Promise<void>;
  /** Keeps seats from being chosen until `write` has ended. */
  whilePending<T>(seats: readonly number[], write: () => Promise<T>): Promise<T>;
  /** Runs a change of seats that are taken when no other one of this process writes the same records. */
  inTurn<T>(seats: readonly number[], change: () => Promise<T>): Promise<T>;
  /** Takes over which seats the organiser has blocked by now. */
  setBlocked(seatIds: readonly string[]): Promise<void>;
  /** Has changes noted in another log from now on. */
  beginLog(log: SeatLog): SeatLog;
}

/** Items that are read at once. */
const PAGE = 1_000;

/** Reads the seats of an event from the store. */
export async function loadSeats(options: {
  readonly eventId: string;
  readonly store: Store;
  readonly seats: SeatIndex;
  readonly blockedSeatIds: readonly string[];
  readonly log: SeatLog;
}): Promise<LoadedSeats> {
  const { eventId, store, seats } = options;
  let { log } = options;
  const map = seatMap(seats, (seat) => log.record(seat));
  let blocked: ReadonlySet<number> = indexesOf(seats, options.blockedSeatIds);
  const apply = applySeat(map, (seat) => blocked.has(seat));
  const inAreas = areaRecords({ eventId, store, map, apply });
  const records = allRecords(map, rowRecords({ eventId, store, map, apply }), inAreas);
  const pending = new Set<Promise<unknown>>();

  for (const seat of blocked) {
    apply(seat, undefined);
  }
  for await (const { value, version } of everyItem(eventId, (page) =>
    store.query(seatTable, 'by_event', page),
  )) {
    const seat = seats.indexOf(value.seatId);
    if (seat >= 0) {
      apply(seat, { ...value, version });
    }
  }
  for await (const item of everyItem(eventId, (page) => store.query(areaTable, 'by_event', page))) {
    inAreas.load(item);
  }

  const settled = async (): Promise<void> => {
    // A race of none would never end.
    await (pending.size > 0 && Promise.race(pending));
  };

  const whilePending = async <T>(wanted: readonly number[], write: () => Promise<T>): Promise<T> => {
    for (const seat of wanted) {
      map.setPending(seat, true);
    }
    const written = write();
    const ended = written.then(
      () => undefined,
      () => undefined,
    );
    pending.add(ended);
    try {
      return await written;
    } finally {
      pending.delete(ended);
      for (const seat of wanted) {
        map.setPending(seat, false);
      }
    }
  };

  return {
    map,
    records,
    settled,
    whilePending,
    async inTurn(wanted, change) {
      // A seat in a row has a record of its own, which nobody else writes while it is taken.
      const shared = wanted.filter((seat) => map.areaAt(seats.rowAt(seat)) !== undefined);
      while (shared.some((seat) => map.isBusy(seat))) {
        await settled();
      }
      return shared.length > 0 ? whilePending(shared, change) : change();
    },
    beginLog(next) {
      log = next;
      return log;
    },
    async setBlocked(seatIds) {
      const before = blocked;
      blocked = indexesOf(seats, seatIds);
      const changed = [
        ...[...before].filter((seat) => !blocked.has(seat)),
        ...[...blocked].filter((seat) => !before.has(seat)),
      ];
      for (let at = 0; at < changed.length; at += PAGE) {
        await records.refresh(changed.slice(at, at + PAGE));
      }
    },
  };
}

function indexesOf(seats: SeatIndex, seatIds: readonly string[]): Set<number> {
  return new Set(seatIds.map((id) => seats.indexOf(id)).filter((seat) => seat >= 0));
}

/** Everything that an index has of the event. */
async function* everyItem<T>(
  eventId: string,
  query: (page: Query) => Promise<Page<T>>,
): AsyncGenerator<Item<T>> {
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await query({
      partition: eventId,
      limit: PAGE,
      ...(cursor !== undefined && { cursor }),
    });
    yield* page.items;
    cursor = page.cursor;
  }
}
