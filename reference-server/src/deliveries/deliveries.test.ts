import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { dataDirectory } from '../e2e/data-directory.ts';
import { dyingStore } from '../e2e/dying-store.ts';
import { type DomainEvent, deliver, emit, outboxSource, outboxTable, takingAway } from '../events/index.ts';
import { openStore } from '../open-store.ts';
import type { Store } from '../store/index.ts';
import { setTimer, timerSource, timerTable } from '../timers/index.ts';
import { deadLetters, dueRunner, MAX_ATTEMPTS, Undeliverable } from './index.ts';

const eventOf = (subject: string, sequence: number, at = 0): DomainEvent => ({
  id: `${subject}/${sequence}`,
  name: 'reservation.created',
  at,
  eventId: 'show',
  reservationId: subject,
  sequence,
});

/** An outbox whose events go to `handle`, at a time that stands still until it is moved. */
async function outbox(handle: (event: DomainEvent, correlationId: string) => Promise<void>, given?: Store) {
  let now = 0;
  const clock = () => now;
  const store = given ?? (await openStore({ memory: true, data: '' }, clock));
  if (given === undefined) {
    onTestFinished(() => store.close());
  }
  const failures: { attempts: number; givenUp: boolean }[] = [];
  const runner = dueRunner({
    store,
    clock,
    random: () => 0,
    source: outboxSource,
    handle: (item) =>
      deliver(takingAway(store), [(event, { correlationId }) => handle(event, correlationId)], item),
    onFailure: ({ attempts, givenUp }) => void failures.push({ attempts, givenUp }),
  });
  const letters = deadLetters({ store, clock, sources: [outboxSource, timerSource] });
  return {
    store,
    failures,
    runner,
    letters,
    now: clock,
    /** Lets time pass, and has done what is due then. */
    async pass(milliseconds: number): Promise<void> {
      now += milliseconds;
      await runner.start(100);
      await runner.settled();
    },
    /** Lets time pass without anybody looking. */
    move(milliseconds: number): void {
      now += milliseconds;
    },
    dueAt: async (key: string) => (await store.get(outboxTable, key))?.value.dueAt,
  };
}

test('an event that fails waits longer each time, is given up at last, and never holds up another', async () => {
  const delivered: string[] = [];
  const { store, pass, move, failures, dueAt, letters, now } = await outbox(async ({ id }) => {
    if (id === 'poison/1') {
      throw new Error('cannot be digested');
    }
    delivered.push(id);
  });
  await store.transact([emit(eventOf('poison', 1))]);
  const pauses: number[] = [];
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    await store.transact([emit(eventOf('fine', attempt, now()))]);
    await pass(0);
    expect(delivered).toHaveLength(attempt);
    expect(failures).toHaveLength(attempt);
    const due = await dueAt('poison/1');
    if (due !== undefined) {
      pauses.push(due - now());
      await pass(due - now() - 1);
      expect(failures, 'before its time').toHaveLength(attempt);
      move(1);
    }
  }
  expect(pauses).toHaveLength(MAX_ATTEMPTS - 1);
  expect(pauses.slice(0, 4)).toEqual([200, 400, 800, 1_600]);
  expect(pauses.at(-1)).toBe(60_000);
  expect(failures.map(({ givenUp }) => givenUp).lastIndexOf(false)).toBe(MAX_ATTEMPTS - 2);
  expect(await letters.list(10)).toMatchObject([
    {
      source: 'outbox',
      name: 'reservation.created',
      subject: 'poison',
      attempts: MAX_ATTEMPTS,
      error: 'cannot be digested',
    },
  ]);
});

test('an event that never can be processed is given up at once, and replayed under another correlation id', async () => {
  const seen: string[] = [];
  let broken = true;
  const { store, pass, letters } = await outbox(async (_event, correlationId) => {
    seen.push(correlationId);
    if (broken) {
      throw new Undeliverable('there is no such reservation');
    }
  });
  await store.transact([emit(eventOf('lost', 1)), emit(eventOf('lost', 2))]);
  await pass(0);
  expect(await letters.count()).toBe(2);
  expect(await store.get(outboxTable, 'lost/1')).toBeUndefined();

  const [first] = await letters.list(1);
  expect(await letters.replay(first?.id ?? '')).toBe(true);
  expect(await letters.replay(first?.id ?? '')).toBe(false);
  await pass(0);
  expect(await letters.count(), 'it died again').toBe(2);
  broken = false;
  expect(await letters.replayAll()).toBe(2);
  await pass(0);
  expect(await letters.count()).toBe(0);
  expect(await store.get(outboxTable, 'lost/1')).toBeUndefined();
  expect(seen.filter((id) => id.startsWith('lost/1')).sort()).toEqual([
    'lost/1',
    'lost/1/replay/1',
    'lost/1/replay/2',
  ]);
});

test('what was just written may be offered: it is begun once, when it is due, and nobody has to look', async () => {
  const begun: string[] = [];
  const work = Promise.withResolvers<void>();
  const { store, runner, pass } = await outbox(({ id }) => {
    begun.push(id);
    return work.promise;
  });
  await store.transact([emit(eventOf('rsv', 1)), emit(eventOf('later', 1, 10))]);
  const [now, later] = await store.getMany(outboxTable, ['rsv/1', 'later/1']);
  if (now === undefined || later === undefined) {
    throw new Error('the events were not written');
  }
  runner.offer(now);
  runner.offer(now);
  runner.offer(later);
  await runner.start(100);
  expect(begun).toEqual(['rsv/1']);
  work.resolve();
  await runner.settled();
  expect(await store.get(outboxTable, 'rsv/1')).toBeUndefined();
  await pass(10);
  expect(begun).toEqual(['rsv/1', 'later/1']);
});

test('a timer that was set anew is not replaced by the one that was given up', async () => {
  const { store, letters } = await outbox(async () => undefined);
  await store.transact([setTimer('payment-due', 'pi_1', 5)]);
  const runner = dueRunner({
    store,
    clock: () => 5,
    source: timerSource,
    handle: () => Promise.reject(new Undeliverable('no')),
    onFailure: () => undefined,
  });
  await runner.start(10);
  await runner.settled();
  expect(await store.get(timerTable, 'payment-due/pi_1')).toBeUndefined();
  await store.transact([setTimer('payment-due', 'pi_1', 77)]);

  expect(await letters.replayAll()).toBe(1);
  expect((await store.get(timerTable, 'payment-due/pi_1'))?.value.dueAt).toBe(77);
});

test('dead letters survive a restart', async () => {
  const data = await dataDirectory();
  const first = await openStore({ memory: false, data }, () => 0);
  const before = await outbox(() => Promise.reject(new Undeliverable('no')), first);
  await first.transact([emit(eventOf('rsv', 1))]);
  await before.pass(0);
  await first.close();

  const second = await openStore({ memory: false, data }, () => 0);
  onTestFinished(() => second.close());
  const delivered: string[] = [];
  const after = await outbox(async ({ id }) => void delivered.push(id), second);
  await after.pass(0);
  expect(delivered).toEqual([]);
  expect(await after.letters.replayAll()).toBe(1);
  await after.pass(0);
  expect(delivered).toEqual(['rsv/1']);
});

test('whatever fails, dies or starts anew: each event is delivered at least once, under its own id', async () => {
  const history = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('emit' as const), subject: fc.nat(2) }) },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('pass' as const), by: fc.constantFrom(0, 200, 60_000) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), next: fc.nat(3) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('die' as const),
          after: fc.nat(3),
          moment: fc.constantFrom('before' as const, 'after' as const),
        }),
      },
    ),
    { maxLength: 25 },
  );
  let now = 0;
  let runs = 0;
  const store = await openStore({ memory: true, data: '' }, () => now);
  onTestFinished(() => store.close());
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const run = ++runs;
      const { store: mortal, dieAfter, revive } = dyingStore(store);
      /** Last number of each subject: state that is written together with its event. */
      const sequences = [0, 0, 0];
      const delivered = new Map<string, number>();
      let refusals = 0;
      const takeAway = takingAway(mortal);
      const start = () =>
        dueRunner({
          store: mortal,
          clock: () => now,
          source: outboxSource,
          handle: (item) =>
            deliver(
              takeAway,
              [
                async ({ id }) => {
                  if (refusals > 0) {
                    refusals--;
                    throw new Error('not now');
                  }
                  delivered.set(id, (delivered.get(id) ?? 0) + 1);
                },
              ],
              item,
            ),
          onFailure: () => undefined,
        });
      let runner = start();
      const pass = async (): Promise<void> => {
        await runner.start(100).catch(() => undefined);
        await runner.settled();
        if (revive()) {
          runner = start();
        }
      };
      for (const step of steps) {
        switch (step.do) {
          case 'emit': {
            const next = (sequences[step.subject] ?? 0) + 1;
            // Written by another process, which lives.
            await store.transact([emit(eventOf(`rsv_${run}_${step.subject}`, next, now))]);
            sequences[step.subject] = next;
            break;
          }
          case 'pass':
            now += step.by;
            await pass();
            break;
          case 'refuse':
            refusals = step.next;
            break;
          case 'die':
            dieAfter(step.after, step.moment);
            break;
        }
      }
      revive();
      refusals = 0;
      runner = start();
      for (let round = 0; round < 2; round++) {
        now += 60_000;
        await pass();
      }
      const wanted = sequences.flatMap((last, subject) =>
        Array.from({ length: last }, (_, at) => `rsv_${run}_${subject}/${at + 1}`),
      );
      expect([...delivered.keys()].sort()).toEqual(wanted.sort());
      expect((await store.query(outboxTable, 'due', { partition: 'all', limit: 10 })).items).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
