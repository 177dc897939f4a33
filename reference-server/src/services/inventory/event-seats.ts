import { randomUUID } from 'node:crypto';
import type { Client } from '@connectrpc/connect';
import type { CatalogService, Event } from '@traffic-tacos/contracts/catalog/v1';
import { type SeatIndex, seatIndex } from '../../domain/inventory/seat-index.ts';
import { type SeatLog, seatLog } from '../../domain/inventory/seat-log.ts';
import { type SeatMap, seatMap } from '../../domain/inventory/seat-map.ts';
import { SeatState } from '../../domain/inventory/seat-state.ts';
import type { Item, Store } from '../../store/index.ts';
import { layoutOf } from '../catalog/layout-of.ts';
import { answered } from '../shared/answered.ts';
import type { Clock } from '../shared/time.ts';
import { type SeatItem, seatKey, seatTable } from './tables.ts';

/** The seats of one event, as this process sees them. */
export interface EventSeats {
  /** Without rows and blocked seats. */
  readonly event: Event;
  readonly seats: SeatIndex;
  readonly map: SeatMap;
  /** What changes in the map. */
  readonly log: SeatLog;
  /** Takes over what the store holds of a seat; `undefined`: no item. */
  apply(seat: number, item: Pick<Item<SeatItem>, 'value' | 'version'> | undefined): void;
  /** Reads the items of some seats, and takes over what they are. */
  refresh(seats: readonly number[]): Promise<readonly (Item<SeatItem> | undefined)[]>;
  /** Resolves when a write on any seat that is under way now has ended. */
  settled(): Promise<void>;
  /** Keeps seats from being chosen until `write` has ended. */
  whilePending<T>(seats: readonly number[], write: () => Promise<T>): Promise<T>;
}

/** The seats of the events that are asked for, loaded once and kept as this process changes them. */
export interface EventSeatsCache {
  /**
   * @throws CallFailure NOT_FOUND when there is no such event.
   */
  get(eventId: string): Promise<EventSeats>;
  /** Forgets the seats of all events; they are loaded again when they are asked for. @returns of how many. */
  clear(): number;
}

/** Items that are read at once while an event is loaded. */
const PAGE = 1_000;

/** Loads the seats of events from the catalog and the store. */
export function eventSeatsCache(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly catalog: Client<typeof CatalogService>;
  /** Changes of one event's seats that are kept for those who watch. Default: 16,384. */
  readonly changesKept?: number;
}): EventSeatsCache {
  const { store, catalog } = deps;
  const loaded = new Map<string, Entry>();

  /** Tells the seats that took the place of others of a write that began on those. */
  const tellSuccessor = (eventId: string, former: Entry, seatId: string): void => {
    const entry = loaded.get(eventId);
    if (entry !== undefined && entry !== former) {
      entry.seats
        .then(async (next) => {
          const seat = next.seats.indexOf(seatId);
          await (seat >= 0 && next.refresh([seat]));
        })
        // Whoever wants the seat next finds out by the condition on its item.
        .catch(() => undefined);
    }
  };

  const load = async (eventId: string): Promise<Loaded> => {
    const { event } = answered(await catalog.getEvent({ eventId, includeLayout: true }));
    if (event === undefined) {
      throw new Error(`CatalogService.GetEvent answered neither an event nor an error for "${eventId}"`);
    }
    const seats = seatIndex(layoutOf(event));
    const log = seatLog(randomUUID(), deps.changesKept);
    const map = seatMap(seats, log.record);
    const blocked = new Set<number>();
    for (const id of event.blockedSeatIds) {
      const seat = seats.indexOf(id);
      if (seat >= 0) {
        blocked.add(seat);
        map.apply(seat, { state: SeatState.BLOCKED, expiresAt: 0, version: 0 });
      }
    }
    const found = loadedSeats(eventId, store, { seats, map, log }, blocked);
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await store.query(seatTable, 'by_event', {
        partition: eventId,
        limit: PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      for (const item of page.items) {
        const seat = seats.indexOf(item.value.seatId);
        if (seat >= 0) {
          found.apply(seat, item);
        }
      }
      cursor = page.cursor;
      more = cursor !== undefined;
    }
    return found;
  };

  return {
    clear() {
      const { size } = loaded;
      loaded.clear();
      return size;
    },
    async get(eventId) {
      const { event } = answered(await catalog.getEvent({ eventId }));
      if (event === undefined) {
        throw new Error(`CatalogService.GetEvent answered neither an event nor an error for "${eventId}"`);
      }
      let entry = loaded.get(eventId);
      if (entry === undefined || entry.revision !== event.revision) {
        entry = { revision: event.revision, seats: load(eventId) };
        loaded.set(eventId, entry);
        entry.seats.catch(() => loaded.delete(eventId));
      }
      const own = entry;
      const current = await own.seats;
      return {
        ...current,
        event,
        apply(seat, item) {
          current.apply(seat, item);
          tellSuccessor(eventId, own, current.seats.seatAt(seat).id);
        },
      };
    },
  };
}

type Loaded = Omit<EventSeats, 'event'>;

/** The seats of one revision of an event. */
interface Entry {
  readonly revision: bigint;
  readonly seats: Promise<Loaded>;
}

function loadedSeats(
  eventId: string,
  store: Store,
  { seats, map, log }: Pick<Loaded, 'seats' | 'map' | 'log'>,
  blocked: ReadonlySet<number>,
): Loaded {
  const pending = new Set<Promise<unknown>>();

  const apply: Loaded['apply'] = (seat, item) => {
    const free = blocked.has(seat) ? SeatState.BLOCKED : SeatState.AVAILABLE;
    map.apply(seat, {
      state: item === undefined ? free : item.value.sold ? SeatState.SOLD : SeatState.RESERVED,
      expiresAt: item?.value.expiresAt ?? 0,
      version: item?.version ?? 0,
    });
  };

  return {
    seats,
    map,
    log,
    apply,
    async refresh(wanted) {
      const items = await store.getMany(
        seatTable,
        wanted.map((seat) => seatKey(eventId, seats.seatAt(seat).id)),
      );
      wanted.forEach((seat, at) => {
        apply(seat, items[at]);
      });
      return items;
    },
    settled: async () => {
      // A race of none would never end.
      await (pending.size > 0 && Promise.race(pending));
    },
    async whilePending(wanted, write) {
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
    },
  };
}
