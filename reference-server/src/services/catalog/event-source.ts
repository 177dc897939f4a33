import type { Client } from '@connectrpc/connect';
import type { CatalogService, Event } from '@traffic-tacos/contracts/catalog/v1';
import { CallFailure } from '@traffic-tacos/server';
import type { Feed } from '../../feed/index.ts';
import { answered } from '../shared/answered.ts';
import { eventChanges } from './event-changes.ts';

/** Events as another service needs them: asked of the catalog, and remembered until it tells that they have changed. */
export interface EventSource {
  /**
   * The event without rows and blocked seats. Another object when it may be another revision, so that what was made of
   * it can be kept by it. While the catalog cannot be asked, the one it gave within the last minute.
   *
   * @throws CallFailure NOT_FOUND when there is no such event.
   */
  get(eventId: string): Promise<Event>;
  /** The event, if it is remembered and may still be taken for what it is. */
  known(eventId: string): Event | undefined;
  /** The event with its rows and blocked seats, as the catalog has it now. Not remembered: it is large. */
  whole(eventId: string): Promise<Event>;
  /** Forgets all events. */
  clear(): void;
}

/** Events remembered at most; the one that was read longest ago goes first. */
const MAX_REMEMBERED = 1_000;

/** Milliseconds for which an event is remembered that nobody has told a change of: another process may write it. */
const DEFAULT_MAX_AGE_MS = 1_000;

/**
 * Milliseconds for which an event is gone by while the catalog cannot be asked: the platform's hold, so that whoever
 * has seats can pay for them.
 */
const LAST_RESORT_MS = 60_000;

interface Remembered {
  readonly event: Event;
  readonly readAt: number;
}

/**
 * Reads events through the catalog's contract. Where the catalog is in the same process a change takes effect before
 * whoever made it is answered; where it is in another one, after the time an event is remembered.
 *
 * @param feed Tells of changes; without, events are only remembered for their time.
 */
export function eventSource(options: {
  readonly catalog: Pick<Client<typeof CatalogService>, 'getEvent'>;
  readonly clock: () => number;
  readonly feed?: Pick<Feed, 'hear'> | undefined;
  readonly maxAgeMs?: number;
}): EventSource {
  const { catalog, clock, feed, maxAgeMs = DEFAULT_MAX_AGE_MS } = options;
  const remembered = new Map<string, Remembered>();
  const reading = new Map<string, Promise<Event>>();

  const ask = async (eventId: string, includeLayout: boolean): Promise<Event> => {
    const { event } = answered(await catalog.getEvent({ eventId, includeLayout }));
    if (event === undefined) {
      throw new Error(`CatalogService.GetEvent answered neither an event nor an error for "${eventId}"`);
    }
    return event;
  };

  const remember = (read: Event, readAt: number): Event => {
    const before = remembered.get(read.id)?.event;
    const event = before?.revision === read.revision ? before : read;
    remembered.delete(event.id);
    remembered.set(event.id, { event, readAt });
    const oldest = remembered.keys().next();
    if (remembered.size > MAX_REMEMBERED && !oldest.done) {
      remembered.delete(oldest.value);
    }
    return event;
  };

  const read = (eventId: string): Promise<Event> => {
    const readAt = clock();
    const isLatest = (): boolean => reading.get(eventId) === own;
    const own: Promise<Event> = ask(eventId, false)
      .then(
        (event) => (isLatest() ? remember(event, readAt) : event),
        (error: unknown) => saidBefore(eventId, error),
      )
      .finally(() => isLatest() && reading.delete(eventId));
    reading.set(eventId, own);
    return own;
  };

  /** What a catalog that cannot be asked has said before. What it refuses, it refuses. */
  const saidBefore = (eventId: string, error: unknown): Event => {
    const before = remembered.get(eventId);
    if (error instanceof CallFailure || before === undefined || clock() - before.readAt >= LAST_RESORT_MS) {
      throw error;
    }
    return before.event;
  };

  const known = (eventId: string): Event | undefined => {
    const found = remembered.get(eventId);
    return found !== undefined && clock() - found.readAt < maxAgeMs ? found.event : undefined;
  };

  feed?.hear(eventChanges, ({ id }) => {
    remembered.delete(id);
    // Who asks from now on must not get what was asked for before.
    reading.delete(id);
    return true;
  });

  return {
    known,
    get: async (eventId) => known(eventId) ?? reading.get(eventId) ?? read(eventId),
    whole: (eventId) => ask(eventId, true),
    clear() {
      remembered.clear();
      reading.clear();
    },
  };
}
