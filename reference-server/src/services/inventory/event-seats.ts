import { randomUUID } from 'node:crypto';
import type { Client } from '@connectrpc/connect';
import type { CatalogService, Event } from '@traffic-tacos/contracts/catalog/v1';
import { sameLayout, sameSeats } from '../../domain/inventory/layout.ts';
import { type SeatIndex, seatIndex } from '../../domain/inventory/seat-index.ts';
import { type SeatLog, seatLog } from '../../domain/inventory/seat-log.ts';
import type { Store } from '../../store/index.ts';
import { layoutOf } from '../catalog/layout-of.ts';
import { answered } from '../shared/answered.ts';
import { type LoadedSeats, loadSeats } from './loaded-seats.ts';
import { tellingRecords } from './telling-records.ts';

/** The seats of one event, as this process sees them. */
export interface EventSeats extends LoadedSeats {
  /** Without rows and blocked seats. */
  readonly event: Event;
  /** With the prices of today. */
  readonly seats: SeatIndex;
  /** What changes in the map. Another one when the seats are others, or cost something else. */
  readonly log: SeatLog;
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

/** The seats of one revision of an event. */
interface Entry {
  readonly revision: bigint;
  readonly seats: Promise<{
    readonly index: SeatIndex;
    readonly loaded: LoadedSeats;
    readonly log: SeatLog;
  }>;
}

/** Loads the seats of events from the catalog and the store. */
export function eventSeatsCache(deps: {
  readonly store: Store;
  readonly catalog: Client<typeof CatalogService>;
  /** Changes of one event's seats that are kept for those who watch. Default: 16,384. */
  readonly changesKept?: number;
}): EventSeatsCache {
  const { store, catalog } = deps;
  const entries = new Map<string, Entry>();

  const newLog = (): SeatLog => seatLog(randomUUID(), deps.changesKept);

  const eventOf = async (eventId: string, includeLayout: boolean): Promise<Event> => {
    const { event } = answered(await catalog.getEvent({ eventId, includeLayout }));
    if (event === undefined) {
      throw new Error(`CatalogService.GetEvent answered neither an event nor an error for "${eventId}"`);
    }
    return event;
  };

  /** Tells the seats that took the place of others of a write that began on those. */
  const tellSuccessor = (eventId: string, former: LoadedSeats, seats: readonly number[]): void => {
    entries
      .get(eventId)
      ?.seats.then(async ({ index, loaded }) => {
        if (loaded.map !== former.map) {
          const ids = seats.map((seat) => former.map.seats.seatAt(seat).id);
          await loaded.records.refresh(ids.map((id) => index.indexOf(id)).filter((seat) => seat >= 0));
        }
      })
      // Whoever wants the seats next finds out by the conditions on their items.
      .catch(() => undefined);
  };

  const seatsOf = async (eventId: string, former: Entry | undefined): Entry['seats'] => {
    const event = await eventOf(eventId, true);
    const { blockedSeatIds } = event;
    const index = seatIndex(layoutOf(event));
    const before = await former?.seats.catch(() => undefined);
    if (before !== undefined && sameSeats(before.index.layout, index.layout)) {
      const { loaded } = before;
      await loaded.setBlocked(blockedSeatIds);
      const log = sameLayout(before.index.layout, index.layout) ? before.log : loaded.beginLog(newLog());
      return { index, loaded, log };
    }
    const log = newLog();
    const loaded = await loadSeats({ eventId, store, seats: index, blockedSeatIds, log });
    const tell = (seats: readonly number[]): void => tellSuccessor(eventId, loaded, seats);
    return { index, log, loaded: { ...loaded, records: tellingRecords(loaded.records, tell) } };
  };

  return {
    clear() {
      const { size } = entries;
      entries.clear();
      return size;
    },
    async get(eventId) {
      const event = await eventOf(eventId, false);
      let entry = entries.get(eventId);
      if (entry === undefined || entry.revision < event.revision) {
        entry = { revision: event.revision, seats: seatsOf(eventId, entry) };
        entries.set(eventId, entry);
        const own = entry;
        own.seats.catch(() => entries.get(eventId) === own && entries.delete(eventId));
      }
      const { index, loaded, log } = await entry.seats;
      return { ...loaded, event, seats: index, log };
    },
  };
}
