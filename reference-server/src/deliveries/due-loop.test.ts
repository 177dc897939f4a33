import { expect, onTestFinished, test, vi } from 'vitest';
import { dataDirectory } from '../e2e/data-directory.ts';
import { type FaultyStore, faultyStore } from '../e2e/faulty-store.ts';
import { announcement, announcingStore } from '../feed/index.ts';
import { openStore } from '../open-store.ts';
import { remove, type Store } from '../store/index.ts';
import { clearTimer, setTimer, type Timer, timerSource, timerTable } from '../timers/index.ts';
import { type DueLoop, deadLetters, dueLoop, Undeliverable } from './index.ts';

const HOUR = 3_600_000;
/** For what is expected to happen on a slow machine. */
const patience = { timeout: 20_000 };

interface Given {
  readonly store?: Store;
  readonly clock?: () => number;
  /** Of a loop that finds nothing by chance: whatever it misses, it misses for good. */
  readonly longestMs?: number;
  /** Done with each timer before it is taken away. */
  readonly work?: (timer: Timer, store: Store) => Promise<void>;
}

/** A loop over the timers of a real store, as the platform has one. */
async function timers({ clock = Date.now, longestMs = HOUR, work, ...given }: Given = {}) {
  const bare = given.store ?? (await openStore({ memory: true, data: '' }, clock));
  const faulty: FaultyStore = faultyStore(bare);
  const done: string[] = [];
  const failures: number[] = [];
  const blind: unknown[] = [];
  let looks = 0;
  const store = announcingStore(
    {
      ...faulty.store,
      query: (table, index, query) => {
        looks++;
        return faulty.store.query(table, index, query);
      },
    },
    [announcement(timerTable, (timer) => loop.offer(timer))],
  );
  const loop: DueLoop<Timer> = dueLoop({
    store,
    clock,
    source: timerSource,
    shortestMs: 20,
    longestMs,
    handle: async ({ key, value, version }) => {
      await work?.(value, store);
      // Not one that was set anew meanwhile.
      await store.transact([remove(timerTable, key, { version })]);
      done.push(value.subject);
    },
    onFailure: ({ attempts }) => void failures.push(attempts),
    onBlind: (error) => void blind.push(error),
  });
  onTestFinished(async () => {
    await loop.stop();
    if (given.store === undefined) {
      await bare.close();
    }
  });
  return {
    store,
    /** What another process would use. */
    bare,
    faulty,
    loop,
    done,
    failures,
    blind,
    looks: () => looks,
    set: (subject: string, dueAt: number) => store.transact([setTimer('payment-due', subject, dueAt)]),
    async asleep() {
      let before = -1;
      await vi.waitFor(() => {
        const [earlier, now] = [before, looks];
        before = now;
        expect(now).toBe(earlier);
      }, patience);
    },
  };
}

const eventually = (check: () => void) => vi.waitFor(check, patience);

test('what is due before it starts, and what comes due later, is done, the earlier first', async () => {
  const { set, loop, done } = await timers();
  const now = Date.now();
  await Promise.all([set('third', now + 300), set('first', now - HOUR), set('second', now + 150)]);
  loop.start();
  await eventually(() => expect(done).toEqual(['first', 'second', 'third']));
});

test('a timer that is written while the loop sleeps is done: due at once, before, or after what it waits for', async () => {
  const { set, loop, done, asleep } = await timers();
  loop.start();
  await asleep();
  await set('at once', Date.now());
  await eventually(() => expect(done).toEqual(['at once']));
  await asleep();
  const now = Date.now();
  await set('later', now + 400);
  await set('earlier', now + 200);
  await eventually(() => expect(done).toEqual(['at once', 'earlier', 'later']));
});

test('a timer that is written while a look is under way is not missed', async () => {
  const { set, loop, done, faulty } = await timers();
  for (const dueIn of [0, 100]) {
    const [arrived, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { query } = faulty.store;
    // The look has its answer, and has not got it yet.
    Object.assign(faulty.store, {
      query: async (...args: Parameters<typeof query>) => {
        const page = await query(...args);
        arrived.resolve();
        await open.promise;
        return page;
      },
    });
    if (dueIn === 0) {
      loop.start();
    } else {
      await set('wakes', Date.now() + 1);
    }
    await arrived.promise;
    Object.assign(faulty.store, { query });
    await set(`in ${dueIn} ms`, Date.now() + dueIn);
    open.resolve();
    await eventually(() => expect(done).toContain(`in ${dueIn} ms`));
  }
});

test('a timer is moved earlier, later, and taken away: it is done at its last time, or never', async () => {
  let now = 1_000_000;
  const { store, set, loop, done } = await timers({ clock: () => now, longestMs: 20 });
  loop.start();
  await set('earlier', now + HOUR);
  await set('later', now + 1_000);
  await set('never', now + 1_000);
  await set('earlier', now + 500);
  await set('later', now + 5_000);
  await store.transact([clearTimer('payment-due', 'never')]);
  now += 500;
  await eventually(() => expect(done).toEqual(['earlier']));
  now += 600;
  await set('after that', now);
  await eventually(() => expect(done).toEqual(['earlier', 'after that']));
  now += 5_000;
  await eventually(() => expect(done).toEqual(['earlier', 'after that', 'later']));
});

test('a timer that is set anew while it is being carried out is carried out again', async () => {
  let round = 0;
  const { set, loop, done } = await timers({
    work: async ({ kind, subject }, store) => {
      round++;
      if (round < 4) {
        // Due at once, and a look may come and pass it over before this one has ended.
        await store.transact([setTimer(kind, subject, Date.now())]);
        await new Promise((resolve) => setTimeout(resolve, 30 * round));
      }
    },
  });
  loop.start();
  await set('again', Date.now());
  await eventually(() => expect(done).toEqual(['again']));
  expect(round).toBe(4);
});

test('what fails is tried again when its pause is over, and what was given up when it is replayed', async () => {
  let failure: Error | undefined = new Error('not now');
  const { store, set, loop, done, failures, asleep } = await timers({
    work: async () => {
      if (failure !== undefined) {
        throw failure;
      }
    },
  });
  const letters = deadLetters({ store, clock: Date.now, sources: [timerSource] });
  loop.start();
  await set('poison', Date.now());
  await eventually(() => expect(failures).toEqual([1, 2]));
  failure = new Undeliverable('never');
  await vi.waitFor(async () => expect(await letters.count()).toBe(1), patience);
  await asleep();
  failure = undefined;
  expect(await letters.replayAll()).toBe(1);
  await eventually(() => expect(done).toEqual(['poison']));
});

test('more than is worked on at once is all done', async () => {
  const { store, loop, done } = await timers();
  const dueAt = Date.now() + 50;
  for (let from = 0; from < 1_200; from += 100) {
    const batch = Array.from({ length: 100 }, (_, at) => setTimer('payment-due', `t${from + at}`, dueAt));
    await store.transact(batch);
  }
  loop.start();
  await eventually(() => expect(new Set(done).size).toBe(1_200));
  expect(done).toHaveLength(1_200);
  await eventually(() => expect(loop.backlog()).toBe(0));
});

test('a store that fails for a while is looked at again, and what came due meanwhile is done', async () => {
  const { set, loop, done, faulty, blind, asleep } = await timers();
  loop.start();
  await asleep();
  await set('meanwhile', Date.now() + 100);
  faulty.fault = async (operation) => {
    if (operation === 'query') {
      throw new Error('the disk is gone');
    }
  };
  await eventually(() => expect(blind.length).toBeGreaterThan(0));
  expect(done).toEqual([]);
  faulty.fault = undefined;
  await eventually(() => expect(done).toEqual(['meanwhile']));
  expect(loop.isWell()).toBe(true);
});

test('what could not be done nor put off, because the store was gone, is done when it is back', async () => {
  const { set, loop, done, faulty, failures, asleep } = await timers();
  loop.start();
  await asleep();
  await set('stuck', Date.now() + 100);
  faulty.fault = async (operation) => {
    if (operation === 'transact') {
      throw new Error('the disk is full');
    }
  };
  await eventually(() => expect(failures.length).toBeGreaterThan(0));
  faulty.fault = undefined;
  await eventually(() => expect(done).toEqual(['stuck']));
});

test('timers survive their process, and are done by the next one when they are due', async () => {
  const data = await dataDirectory();
  const first = await openStore({ memory: false, data }, Date.now);
  const before = await timers({ store: first });
  before.loop.start();
  await before.asleep();
  await before.set('pending', Date.now() + 500);
  await before.set('overdue', Date.now() + 1);
  await before.loop.stop();
  await first.close();

  const second = await openStore({ memory: false, data }, Date.now);
  const after = await timers({ store: second });
  after.loop.start();
  await eventually(() => expect([...before.done, ...after.done].sort()).toEqual(['overdue', 'pending']));
  await after.loop.stop();
  await second.close();
});

test('what another process has written is found after the longest sleep, though the clock stands still', async () => {
  const { bare, loop, done } = await timers({ clock: () => 5_000, longestMs: 50 });
  loop.start();
  await bare.transact([setTimer('payment-due', 'theirs', 5_000)]);
  await eventually(() => expect(done).toEqual(['theirs']));
});

test('while nothing is due nobody looks, and the loop is well as long as it runs', async () => {
  const { set, loop, looks, asleep } = await timers();
  expect(loop.isWell()).toBe(false);
  loop.start();
  expect(loop.isWell()).toBe(true);
  await set('far away', Date.now() + HOUR);
  await asleep();
  const before = looks();
  for (let at = 0; at < 100; at++) {
    await set(`far away, too: ${at}`, Date.now() + HOUR);
  }
  expect(looks()).toBe(before);
  expect(loop.backlog()).toBe(0);
  await loop.stop();
  expect(loop.isWell()).toBe(false);
});

test('the backlog is what waits, and is known when nothing does any more', async () => {
  const work = Promise.withResolvers<void>();
  const { set, loop, done } = await timers({ work: () => work.promise });
  await Promise.all(['a', 'b', 'c'].map((subject) => set(subject, Date.now())));
  loop.start();
  await eventually(() => expect(loop.backlog()).toBe(3));
  work.resolve();
  await eventually(() => expect(done).toHaveLength(3));
  await eventually(() => expect(loop.backlog()).toBe(0));
});
