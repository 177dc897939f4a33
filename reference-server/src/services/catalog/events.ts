import type { Event } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import type { Store } from '../../store/index.ts';
import { eventOf, eventTable, withoutLayout } from './event-record.ts';

/** An event as it is stored, whole and without its layout. Shared: not to be changed. */
export interface StoredEvent {
  readonly version: number;
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
  /** Forgets what is cached of an event. */
  changed(id: string): void;
}

/** Cached events at most; the least recently loaded goes first. */
const MAX_CACHED = 1_000;

/** The events of a store. */
export function cachedEvents(options: {
  readonly store: Store;
  readonly clock: () => number;
  readonly maxAgeMs: number;
}): Events {
  const { store, clock, maxAgeMs } = options;
  const cache = new Map<string, { readonly loadedAt: number; readonly event: StoredEvent }>();
  const loading = new Map<string, Promise<StoredEvent | undefined>>();

  const load = async (id: string, isLatest: () => boolean): Promise<StoredEvent | undefined> => {
    const cached = cache.get(id);
    const loadedAt = clock();
    const item = await store.get(eventTable, id);
    if (item === undefined) {
      return undefined;
    }
    let event = cached?.event;
    if (event === undefined || event.version !== item.version) {
      const full = eventOf(item.value);
      event = { version: item.version, full, short: withoutLayout(full), seed: item.value.seed };
    }
    if (!isLatest()) {
      return event;
    }
    cache.delete(id);
    cache.set(id, { loadedAt, event });
    const oldest = cache.keys().next();
    if (cache.size > MAX_CACHED && !oldest.done) {
      cache.delete(oldest.value);
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
      cache.delete(id);
      // Who asks from now on must not get what was read before.
      loading.delete(id);
    },
  };
}
