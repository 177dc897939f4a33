import { randomUUID } from 'node:crypto';
import { equals } from '@bufbuild/protobuf';
import { type Event, type PriceTier, PriceTierSchema } from '@traffic-tacos/contracts/catalog/v1';
import { sameLayout, sameSeats } from '../../domain/inventory/layout.ts';
import { type SeatIndex, seatIndex } from '../../domain/inventory/seat-index.ts';
import { type SeatLog, seatLog } from '../../domain/inventory/seat-log.ts';
import type { Store } from '../../store/index.ts';
import type { EventSource } from '../catalog/event-source.ts';
import { layoutOf } from '../catalog/layout-of.ts';
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
   * The same object for as long as nothing that is known of the event changes.
   *
   * @throws CallFailure NOT_FOUND when there is no such event.
   */
  get(eventId: string): Promise<EventSeats>;
  /** The events whose seats are in memory, at most `limit` of them, those that were loaded last. Waits for nothing. */
  loaded(limit: number): Promise<readonly EventSeats[]>;
  /** Forgets the seats of all events; they are loaded again when they are asked for. @returns of how many. */
  clear(): number;
}

/** The seats of one revision of an event. */
interface Entry {
  readonly revision: bigint;
  readonly seats: Promise<Loaded>;
}

interface Loaded {
  readonly loaded: LoadedSeats;
  readonly shown: EventSeats;
  /** The event that they were made of. */
  readonly whole: Event;
}

/** Loads the seats of events from the catalog and the store. */
export function eventSeatsCache(deps: {
  readonly store: Store;
  readonly source: EventSource;
  /** Changes of one event's seats that are kept for those who watch. Default: 16,384. */
  readonly changesKept?: number;
}): EventSeatsCache {
  const { store, source } = deps;
  const entries = new Map<string, Entry>();

  const newLog = (): SeatLog => seatLog(randomUUID(), deps.changesKept);

  /** Tells the seats that took the place of others of a write that began on those. */
  const tellSuccessor = (eventId: string, former: LoadedSeats, seats: readonly number[]): void => {
    entries
      .get(eventId)
      ?.seats.then(async ({ shown }) => {
        if (shown.map !== former.map) {
          const ids = seats.map((seat) => former.map.seats.seatAt(seat).id);
          await shown.records.refresh(ids.map((id) => shown.seats.indexOf(id)).filter((seat) => seat >= 0));
        }
      })
      // Whoever wants the seats next finds out by the conditions on their items.
      .catch(() => undefined);
  };

  const seatsOf = async (event: Event, former: Entry | undefined): Entry['seats'] => {
    const whole = await source.whole(event.id);
    const { blockedSeatIds } = whole;
    const before = await former?.seats.catch(() => undefined);
    const seats =
      before && laidOutAlike(before.whole, whole) ? before.shown.seats : seatIndex(layoutOf(whole));
    if (before !== undefined && sameSeats(before.shown.seats.layout, seats.layout)) {
      const { loaded, shown } = before;
      if (blockedSeatIds !== before.whole.blockedSeatIds) {
        await loaded.setBlocked(blockedSeatIds);
      }
      const log = sameLayout(shown.seats.layout, seats.layout) ? shown.log : loaded.beginLog(newLog());
      return { loaded, whole, shown: { ...loaded, event, seats, log } };
    }
    const log = newLog();
    const read = await loadSeats({ eventId: event.id, store, seats, blockedSeatIds, log });
    const tell = (changed: readonly number[]): void => tellSuccessor(event.id, read, changed);
    const loaded = { ...read, records: tellingRecords(read.records, tell) };
    return { loaded, whole, shown: { ...loaded, event, seats, log } };
  };

  return {
    async loaded(limit) {
      const last = [...entries.values()].slice(-limit);
      const found = await Promise.allSettled(last.map(({ seats }) => Promise.race([seats, undefined])));
      return found.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value.shown] : []));
    },
    clear() {
      const { size } = entries;
      entries.clear();
      source.clear();
      return size;
    },
    async get(eventId) {
      const event = await source.get(eventId);
      let entry = entries.get(eventId);
      if (entry === undefined || entry.revision < event.revision) {
        entry = { revision: event.revision, seats: seatsOf(event, entry) };
        entries.set(eventId, entry);
        const own = entry;
        own.seats.catch(() => entries.get(eventId) === own && entries.delete(eventId));
      }
      return (await entry.seats).shown;
    },
  };
}

/**
 * Whether two events surely have the same seats at the same prices: where the catalog is in the same process, lists that
 * have not changed are the same objects.
 */
function laidOutAlike(one: Event, other: Event): boolean {
  return (
    one.sections === other.sections &&
    one.priceTiers.length === other.priceTiers.length &&
    one.priceTiers.every((tier, at) => equals(PriceTierSchema, tier, other.priceTiers[at] as PriceTier))
  );
}
