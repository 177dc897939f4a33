import type { Event } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import { ConditionFailed, check, type Json, put, type Store, type Write } from '../../store/index.ts';
import { setTimer } from '../../timers/index.ts';
import { inTurns } from '../shared/in-turns.ts';
import { newId } from '../shared/new-id.ts';
import { blockedParts, eventPartTable, type PartSet, partKey, sectionParts } from './event-parts.ts';
import { eventTable, recordOf } from './event-record.ts';
import type { StoredEvent } from './events.ts';
import type { Seed } from './pre-queue.ts';
import { TIDY_AFTER_MS } from './tidy-event.ts';

/** Parts that are written with one transaction: so many of the largest that there can be stay below its limit. */
const PARTS_AT_ONCE = 16;

/**
 * Writes an event: its long lists in parts first, in several transactions where they are many, then the event that
 * names them. Nobody sees anything of it before that last transaction; what is left of an attempt that ends before,
 * or of former parts, is removed a while later.
 *
 * @param former The event that it takes the place of. Lists that are the same objects as there are not written again.
 * @param also What belongs into the transaction with which the event becomes visible.
 * @throws ConditionFailed on the event's table, when it is there already or has another version by now.
 */
export async function writeEvent(
  { store, clock }: { readonly store: Store; readonly clock: () => number },
  change: {
    readonly event: Event;
    readonly seed: Seed | undefined;
    readonly former?: StoredEvent;
    readonly also: readonly Write[];
  },
): Promise<void> {
  const { event, seed, former, also } = change;
  const writes: Write[] = [];
  const anchors: string[] = [];
  const timer = (): Write => setTimer('event-parts', event.id, clock() + TIDY_AFTER_MS);

  const flush = async (): Promise<void> => {
    await store.transact([...writes.splice(0), timer()]);
  };

  const addSet = async (contents: Generator<readonly Json[], void>): Promise<PartSet> => {
    const set = newId('set');
    let at = 0;
    for (const content of await inTurns(collected(contents))) {
      if (writes.length === PARTS_AT_ONCE) {
        await flush();
      }
      const part = { eventId: event.id, set, at, writtenAt: clock(), content };
      writes.push(put(eventPartTable, partKey(event.id, set, at), part));
      at++;
    }
    anchors.push(partKey(event.id, set, 0));
    return { id: set, parts: at };
  };

  const sections =
    former !== undefined && former.full.sections === event.sections
      ? former.sets.sections
      : await addSet(sectionParts(event.sections));
  const blocked =
    former !== undefined && former.full.blockedSeatIds === event.blockedSeatIds
      ? former.sets.blocked
      : event.blockedSeatIds.length === 0
        ? undefined
        : await addSet(blockedParts(event.blockedSeatIds));

  const record = recordOf(event, { sections, ...(blocked && { blocked }) }, seed);
  // Whoever tidies up removes a set's first part first.
  const earlier = anchors.filter((key) => !writes.some((write) => write.key === key));
  const leavesParts =
    earlier.length > 0 ||
    isReplaced(former?.sets.sections, sections) ||
    isReplaced(former?.sets.blocked, blocked);
  try {
    await store.transact([
      put(eventTable, event.id, record, {
        if: former === undefined ? 'absent' : { version: former.version },
      }),
      ...earlier.map((key) => check(eventPartTable, key, 'present')),
      ...writes,
      ...(leavesParts ? [timer()] : []),
      ...also,
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed && error.on(eventPartTable)) {
      throw refuse('CONCURRENT_MODIFICATION', `writing event "${event.id}" took too long; try again`);
    }
    throw error;
  }
}

function isReplaced(former: PartSet | undefined, next: PartSet | undefined): boolean {
  return former !== undefined && former.id !== next?.id;
}

/** Everything that a generator gives, stopping after each of it. */
function* collected<T>(values: Generator<T, void>): Generator<void, T[]> {
  const all: T[] = [];
  for (const value of values) {
    all.push(value);
    yield;
  }
  return all;
}
