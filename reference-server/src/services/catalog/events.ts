import type { Event } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import type { Store } from '../../store/index.ts';
import { rowsOf } from './event-parts.ts';
import { type EventRecord, eventOf, withoutLayout } from './event-record.ts';
import { type ReadEvent, readEvent } from './read-event.ts';

/**
 * An event as it is stored, whole and without its layout. Shared: not to be changed. Of two revisions that have the
 * same sections, or blocked seats, these are the same object.
 */
export interface StoredEvent {
  readonly version: number;
  /** Where its lists are kept. */
  readonly sets: Pick<EventRecord, 'sections' | 'blocked'>;
  readonly full: Event;
  readonly short: Event;
  /** Of the draw; not for everybody's eyes. */
  readonly seed: string | undefined;
}

/** Events, read through a cache that is as fresh as `maxAgeMs`, and at once where this process wrote. */
export interface Events {
  find(id: string): Promise<StoredEvent | undefined>;
  /**
   * @param field The request's field that names it. Default: `event_id`.
   * @throws CallFailure NOT_FOUND.
   */
  get(id: string, field?: string): Promise<StoredEvent>;
  /** Has an event looked at again by whoever asks for it next. */
  changed(id: string): void;
}

/** Rows and blocked seats of all cached events at most, some hundred bytes each; */
const MAX_CACHED_ENTRIES = 250_000;

/** and how many of them the rest of an event counts for. The event that was loaded longest ago goes first. */
const ENTRIES_OF_EVENT = 100;

/** The events of a store. */
export function cachedEvents(options: {
  readonly store: Store;
  readonly clock: () => number;
  readonly maxAgeMs: number;
}): Events {
  const { store, clock, maxAgeMs } = options;
  const cache = new Map<string, Cached>();
  const loading = new Map<string, Promise<StoredEvent | undefined>>();
  let entries = 0;

  const forget = (id: string): void => {
    entries -= cache.get(id)?.entries ?? 0;
    cache.delete(id);
  };

  const keep = (id: string, event: StoredEvent, loadedAt: number): void => {
    forget(id);
    const cached = { event, loadedAt, entries: entriesOf(event.full) };
    cache.set(id, cached);
    entries += cached.entries;
    for (const oldest of cache.keys()) {
      if (entries <= MAX_CACHED_ENTRIES || oldest === id) {
        break;
      }
      forget(oldest);
    }
  };

  const load = async (id: string, isLatest: () => boolean): Promise<StoredEvent | undefined> => {
    const former = cache.get(id)?.event;
    const loadedAt = clock();
    const read = await readEvent(store, id, former && { ...former.full, sets: former.sets });
    if (read === undefined) {
      return undefined;
    }
    const event = former?.version === read.item.version ? former : storedEvent(read);
    if (isLatest()) {
      keep(id, event, loadedAt);
    }
    return event;
  };

  /** One read serves everybody who asks meanwhile: with its layout an event is large. */
  const find = async (id: string): Promise<StoredEvent | undefined> => {
    const cached = cache.get(id);
    if (cached !== undefined && clock() - cached.loadedAt < maxAgeMs) {
      return cached.event;
    }
    const known = loading.get(id);
    if (known !== undefined) {
      return known;
    }
    const own: Promise<StoredEvent | undefined> = load(id, () => loading.get(id) === own).finally(() => {
      if (loading.get(id) === own) {
        loading.delete(id);
      }
    });
    loading.set(id, own);
    return own;
  };

  return {
    find,
    async get(id, field = 'event_id') {
      const event = await find(id);
      if (event === undefined) {
        throw refuse('NOT_FOUND', `there is no event "${id}"`, [
          { field, reason: 'EVENT_NOT_FOUND', value: id },
        ]);
      }
      return event;
    },
    changed(id) {
      const cached = cache.get(id);
      if (cached !== undefined) {
        cached.loadedAt = Number.NEGATIVE_INFINITY;
      }
      // Who asks from now on must not get what was read before.
      loading.delete(id);
    },
  };
}

interface Cached {
  readonly event: StoredEvent;
  loadedAt: number;
  readonly entries: number;
}

function storedEvent({ item, lists }: ReadEvent): StoredEvent {
  const { version, value } = item;
  const full = eventOf(value, lists);
  return { version, sets: value, full, short: withoutLayout(full), seed: value.seed };
}

function entriesOf({ sections, blockedSeatIds }: Event): number {
  const rows = sections.reduce((sum, section) => sum + 1 + rowsOf(section).length, 0);
  return ENTRIES_OF_EVENT + rows + blockedSeatIds.length;
}
