import type { Event } from '@traffic-tacos/contracts/catalog/v1';
import type { Item, Store } from '../../store/index.ts';
import { inTurns } from '../shared/in-turns.ts';
import {
  blockedOf,
  type EventPart,
  eventPartTable,
  type PartSet,
  partKey,
  sectionsOf,
} from './event-parts.ts';
import { type EventRecord, eventTable } from './event-record.ts';

/** The long lists of an event. */
export type EventLists = Pick<Event, 'sections' | 'blockedSeatIds'>;

/** An event's record with its lists, as they are at one revision. */
export interface ReadEvent {
  readonly item: Item<EventRecord>;
  readonly lists: EventLists;
}

/** What was read before: the same lists are not read again. */
export interface FormerLists extends EventLists {
  readonly sets: Pick<EventRecord, 'sections' | 'blocked'>;
}

/** Parts that are asked for together. */
const AT_ONCE = 16;

/** Times that an event is read again because somebody has replaced its parts meanwhile. */
const MAX_ATTEMPTS = 5;

/**
 * Reads an event, whole: never some of one revision and some of another.
 *
 * @throws Error when parts are missing that the event names.
 */
export async function readEvent(
  store: Store,
  id: string,
  former?: FormerLists,
): Promise<ReadEvent | undefined> {
  let before: Item<EventRecord> | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const item = await store.get(eventTable, id);
    if (item === undefined) {
      return undefined;
    }
    if (item.version === before?.version) {
      break;
    }
    before = item;
    const lists = await readLists(store, item, former);
    if (lists !== undefined) {
      return { item, lists };
    }
  }
  throw new Error(
    `event "${id}" names parts that are not there: restore a backup, or write its sections anew`,
  );
}

/** `undefined` when parts are missing. */
async function readLists(
  store: Store,
  { key, value }: Item<EventRecord>,
  former: FormerLists | undefined,
): Promise<EventLists | undefined> {
  const sections =
    former?.sets.sections.id === value.sections.id
      ? former.sections
      : await readSet(store, key, value.sections, (parts) => inTurns(sectionsOf(parts)));
  const blockedSeatIds =
    value.blocked === undefined
      ? none
      : former?.sets.blocked?.id === value.blocked.id
        ? former.blockedSeatIds
        : await readSet(store, key, value.blocked, async (parts) => blockedOf(parts));
  return sections && blockedSeatIds && { sections, blockedSeatIds };
}

/** Of all events without a blocked seat: so that they can be told to have the same. */
const none: string[] = [];

async function readSet<T>(
  store: Store,
  eventId: string,
  set: PartSet,
  decode: (parts: readonly EventPart[]) => Promise<T>,
): Promise<T | undefined> {
  const parts: EventPart[] = [];
  for (let at = 0; at < set.parts; at += AT_ONCE) {
    const keys = Array.from({ length: Math.min(AT_ONCE, set.parts - at) }, (_, offset) =>
      partKey(eventId, set.id, at + offset),
    );
    for (const item of await store.getMany(eventPartTable, keys)) {
      if (item === undefined) {
        return undefined;
      }
      parts.push(item.value);
    }
  }
  return decode(parts);
}
