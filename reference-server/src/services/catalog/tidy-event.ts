import { check, remove, type Store } from '../../store/index.ts';
import { clearTimer, getTimer, setTimer } from '../../timers/index.ts';
import { type EventPart, eventPartTable } from './event-parts.ts';
import { eventTable } from './event-record.ts';

/**
 * Milliseconds after which parts are removed that no event names: longer than anybody takes to write an event, or to
 * read one whose parts have been replaced meanwhile.
 */
export const TIDY_AFTER_MS = 60_000;

/** Parts that are looked at together: they are large. */
const PAGE = 16;

/**
 * Removes the parts that an event does not name: former ones, and what an attempt to write it has left behind that never
 * came to its end. Doing it again changes nothing.
 *
 * @throws ConditionFailed when the event is written meanwhile: then it is to be done again.
 */
export async function tidyEvent(
  { store, clock }: { readonly store: Store; readonly clock: () => number },
  eventId: string,
): Promise<void> {
  const now = clock();
  const timer = await getTimer(store, 'event-parts', eventId);
  const event = await store.get(eventTable, eventId);
  const named = [event?.value.sections.id, event?.value.blocked?.id];
  const asItWas = check(eventTable, eventId, event === undefined ? 'absent' : { version: event.version });
  const isOld = ({ writtenAt }: EventPart): boolean => writtenAt + TIDY_AFTER_MS <= now;
  let oldest = Number.POSITIVE_INFINITY;

  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    // In the order of their sets, and in each the first part first: whoever writes an event asks for that one.
    const page = await store.query(eventPartTable, 'by_event', {
      partition: eventId,
      limit: PAGE,
      ...(cursor !== undefined && { cursor }),
    });
    const unnamed = page.items.filter(({ value }) => !named.includes(value.set));
    const old = unnamed.filter(({ value }) => isOld(value));
    if (old.length > 0) {
      await store.transact([asItWas, ...old.map(({ key }) => remove(eventPartTable, key))]);
    }
    for (const { value } of unnamed) {
      oldest = isOld(value) ? oldest : Math.min(oldest, value.writtenAt);
    }
    cursor = page.cursor;
  }
  if (oldest !== Number.POSITIVE_INFINITY) {
    await store.transact([setTimer('event-parts', eventId, oldest + TIDY_AFTER_MS)]);
  } else if (timer !== undefined) {
    // Not one that somebody has set meanwhile, who is writing parts just now.
    await store.transact([clearTimer('event-parts', eventId, { version: timer.version })]);
  }
}
