import { create, equals, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Event, EventSchema } from '@traffic-tacos/contracts/catalog/v1';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { dyingStore } from '../../e2e/dying-store.ts';
import { openEmbeddedStore } from '../../store/embedded/index.ts';
import { ConditionFailed, type Store } from '../../store/index.ts';
import { getTimer, timerTable } from '../../timers/index.ts';
import { eventPartTable } from './event-parts.ts';
import { eventTable } from './event-record.ts';
import { cachedEvents, type StoredEvent } from './events.ts';
import { TIDY_AFTER_MS, tidyEvent } from './tidy-event.ts';
import { writeEvent } from './write-event.ts';

type Sections = NonNullable<MessageInitShape<typeof EventSchema>['sections']>;

let now = Date.UTC(2030, 0, 1);
const clock = (): number => now;

async function openStore(): Promise<Store> {
  const store = await openEmbeddedStore({ tables: [eventTable, eventPartTable, timerTable], clock });
  onTestFinished(() => store.close());
  return store;
}

/** An event of one revision, with so many rows that each need a part of their own, and blocked seats likewise. */
function eventOf(revision: number, rows: number, blocked: number): Event {
  const numbers = Array.from({ length: 2_500 }, (_, at) => `${at}`.padStart(12, '0'));
  const sections: Sections = [
    {
      id: 'main',
      name: `as of ${revision}`,
      layout: {
        case: 'seated',
        value: {
          rows: Array.from({ length: rows }, (_, at) => ({
            id: `R${at}`,
            seatIdPrefix: `${revision}-${at}-`,
            seats: { case: 'list', value: { numbers } },
          })),
        },
      },
    },
  ];
  return create(EventSchema, {
    id: 'show',
    name: `revision ${revision}`,
    startTime: timestampFromMs(now),
    revision: BigInt(revision),
    sections,
    blockedSeatIds: Array.from({ length: blocked }, (_, at) => `${revision}-${at}`.padEnd(60, '.')),
  });
}

/** What a process that has just started reads. */
const readFrom = (store: Store): Promise<StoredEvent | undefined> =>
  cachedEvents({ store, clock, maxAgeMs: 0 }).find('show');

async function partsIn(store: Store): Promise<string[]> {
  const sets: string[] = [];
  for await (const { value } of store.scan(eventPartTable)) {
    sets.push(value.set);
  }
  return [...new Set(sets)].sort();
}

const write = (store: Store, event: Event, former?: StoredEvent): Promise<void> =>
  writeEvent({ store, clock }, { event, seed: undefined, ...(former && { former }), also: [] });

/** Everything that nobody names is gone, and nothing else. */
async function expectTidy(store: Store): Promise<void> {
  now += TIDY_AFTER_MS;
  if ((await getTimer(store, 'event-parts', 'show')) !== undefined) {
    await tidyEvent({ store, clock }, 'show');
  }
  const sets = (await readFrom(store))?.sets;
  const named = [sets?.sections.id, sets?.blocked?.id].filter((set) => set !== undefined);
  expect(await partsIn(store)).toEqual(named.sort());
  expect(await getTimer(store, 'event-parts', 'show')).toBeUndefined();
}

test('a small event is written at once, with nothing to be tidied up after it', async () => {
  const store = await openStore();
  let transactions = 0;
  const counting: Store = {
    ...store,
    transact: (writes) => {
      transactions++;
      return store.transact(writes);
    },
  };
  await write(counting, eventOf(1, 2, 3));
  expect(transactions).toBe(1);
  expect(await getTimer(store, 'event-parts', 'show')).toBeUndefined();
  expect(await partsIn(store)).toHaveLength(2);
});

test('lists that stay as they are are not written again, and are the same objects to those who read', async () => {
  const store = await openStore();
  await write(store, eventOf(1, 3, 2_000));
  const events = cachedEvents({ store, clock, maxAgeMs: 1_000 });
  const first = await events.get('show');
  const before = await partsIn(store);

  await write(store, { ...first.full, name: 'renamed', revision: 2n }, first);
  events.changed('show');
  const second = await events.get('show');
  expect(second.full).toMatchObject({ name: 'renamed', revision: 2n });
  expect(second.full.sections).toBe(first.full.sections);
  expect(second.full.blockedSeatIds).toBe(first.full.blockedSeatIds);
  expect(await partsIn(store)).toEqual(before);

  await write(store, { ...second.full, blockedSeatIds: [], revision: 3n }, second);
  events.changed('show');
  const third = await events.get('show');
  expect(third.full.sections).toBe(first.full.sections);
  expect(third.full.blockedSeatIds).toEqual([]);
  await expectTidy(store);
});

test('a crash between any two writes leaves the event of before or of after, and what is left over is removed', async () => {
  const former = eventOf(1, 20, 3_000);
  const next = eventOf(2, 36, 4_000);
  for (const isNew of [true, false]) {
    for (const moment of ['before', 'after'] as const) {
      for (let transactions = 0, died = true; died; transactions++) {
        const store = await openStore();
        if (!isNew) {
          await write(store, former);
          await expectTidy(store);
        }
        const before = await readFrom(store);
        const dying = dyingStore(store);
        dying.dieAfter(transactions, moment);
        const written = await write(dying.store, next, before).then(
          () => true,
          () => false,
        );
        died = dying.revive();
        expect(written).toBe(!died);
        const { full } = (await readFrom(store)) ?? {};
        const expected = full?.revision === 2n ? next : isNew ? undefined : former;
        if (written) {
          expect(expected).toBe(next);
          expect(transactions).toBeGreaterThan(2);
        }
        expect(full === expected || (full && expected && equals(EventSchema, full, expected))).toBe(true);
        await expectTidy(store);
        // Tidying up takes nothing from the event.
        expect((await readFrom(store))?.full.revision).toBe(full?.revision);
        // And whoever tries again succeeds.
        const again = { ...next, revision: 3n };
        await write(store, again, await readFrom(store));
        expect(equals(EventSchema, (await readFrom(store))?.full as Event, again)).toBe(true);
      }
    }
  }
}, 120_000);

test('whoever reads while others write sees one revision or another, whole; of those who write at once one gets through', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(1_500)), { minLength: 1, maxLength: 3 }),
      async (sizes) => {
        const store = await openStore();
        await write(store, eventOf(1, 1, 0));
        const revisions = new Map([[1n, eventOf(1, 1, 0)]]);
        let done = false;
        const reading = (async () => {
          while (!done) {
            const { full } = (await readFrom(store)) as StoredEvent;
            expect(equals(EventSchema, full, revisions.get(full.revision) as Event)).toBe(true);
          }
        })();
        try {
          for (const [at, [rows, blocked]] of sizes.entries()) {
            const event = eventOf(at + 2, rows, blocked);
            revisions.set(event.revision, event);
            const former = await readFrom(store);
            const tried = await Promise.allSettled([
              write(store, event, former),
              write(store, event, former),
            ]);
            expect(tried.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
            const failed = tried.find((result) => result.status === 'rejected');
            expect(failed?.reason instanceof ConditionFailed && failed.reason.on(eventTable)).toBe(true);
            now += TIDY_AFTER_MS;
            await tidyEvent({ store, clock }, 'show');
          }
        } finally {
          done = true;
          await reading;
        }
        await expectTidy(store);
      },
    ),
    { numRuns: 6 },
  );
}, 120_000);

test('an event whose parts were taken while it was written is not written, and says so', async () => {
  const store = await openStore();
  const slow: Store = {
    ...store,
    async transact(writes) {
      if (writes.some(({ table }) => table.name === eventTable.name)) {
        now += TIDY_AFTER_MS;
        await tidyEvent({ store, clock }, 'show');
      }
      return store.transact(writes);
    },
  };
  await expect(write(slow, eventOf(1, 36, 0))).rejects.toThrow('took too long; try again');
  expect(await readFrom(store)).toBeUndefined();
});

test('tidying up leaves alone what is just being written', async () => {
  const store = await openStore();
  const tidied: Store = {
    ...store,
    async transact(writes) {
      await tidyEvent({ store, clock }, 'show');
      return store.transact(writes);
    },
  };
  await write(tidied, eventOf(1, 36, 0));
  expect((await readFrom(store))?.full.sections[0]?.name).toBe('as of 1');
  await expectTidy(store);
});
