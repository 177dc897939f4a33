import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { PlaceId } from '../../domain/token/index.ts';
import { openEmbeddedStore } from '../../store/embedded/index.ts';
import type { Store } from '../../store/index.ts';
import type { AdmissionResult, QueueSettings } from '../index.ts';
import { died, interruptedStore } from '../testdata/interrupted-store.ts';
import { enter, onSale, positionOf, roomy, take } from '../testdata/test-queue.ts';
import { type EmbeddedQueue, lineTable, openEmbeddedQueue, placeTable } from './index.ts';

const tables = [placeTable, lineTable];
const START = Date.UTC(2026, 0, 1);

async function memoryStore(): Promise<Store> {
  const store = await openEmbeddedStore({ tables, clock: () => START });
  onTestFinished(() => store.close());
  return store;
}

function openQueue(
  store: Store,
  clock: () => number,
  settings: Partial<QueueSettings> = {},
): Promise<EmbeddedQueue> {
  return openEmbeddedQueue({
    store,
    clock,
    settings: { ...roomy, ...settings },
    tickMs: 0,
    onFailure: () => undefined,
  });
}

const ask = (queue: EmbeddedQueue, id: PlaceId, buyerId: string) =>
  queue.requestAdmission({ id, buyerId, record: () => [] });
const leave = (queue: EmbeddedQueue, id: PlaceId) => queue.leave(id, () => []);

test('a restart in the middle of a sale keeps every place, position and admission', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'queue-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  let now = START;
  const open = async (settings: Partial<QueueSettings>) => {
    const store = await openEmbeddedStore({ dir, tables, clock: () => now });
    return { store, queue: await openQueue(store, () => now, settings) };
  };

  const before = await open({ maxActiveBuyers: () => 4, admissionRatePerMinute: () => 60_000 });
  const places = await Promise.all(
    Array.from({ length: 250 }, (_, buyer) => take(before.queue, `buyer-${buyer}`)),
  );
  const [granted, used, left, ready] = places as [PlaceId, PlaceId, PlaceId, PlaceId];
  const waiting = places.slice(4);
  before.queue.follow('e', onSale);
  await before.queue.tick();
  const pass = await ask(before.queue, granted, 'buyer-0');
  await ask(before.queue, used, 'buyer-1');
  const hold = { eventId: 'e', buyerId: 'buyer-1', reservationId: 'r1' };
  await before.queue.reservationOpen({ ...hold, at: now, holdExpiresAt: now + 200_000 });
  await leave(before.queue, left);
  await leave(before.queue, waiting[7] as PlaceId);
  await before.queue.tick();
  const positions = await Promise.all(waiting.map((id) => positionOf(before.queue, id)));
  expect(positions.slice(0, 9)).toEqual([0, 1, 2, 3, 4, 5, 6, -1, 7]);
  await before.queue.pause('f');
  await before.queue.close();
  await before.store.close();

  now += 20_000;
  const after = await open({ maxActiveBuyers: () => 4, admissionRatePerMinute: () => 60_000 });
  const { queue } = after;
  expect(await Promise.all(waiting.map((id) => positionOf(queue, id)))).toEqual(positions);
  expect(await queue.status(granted)).toMatchObject({ state: 'READY', expiresAt: now + 60_000 });
  expect(await ask(queue, granted, 'buyer-0')).toEqual(pass);
  expect(await queue.status(ready)).toMatchObject({ state: 'READY' });
  expect(await queue.status(used)).toMatchObject({ state: 'EXPIRED', reason: 'USED' });
  expect(await queue.status(left)).toMatchObject({ state: 'LEFT', endedAt: START });
  expect(await queue.stats('e')).toMatchObject([{ active: 4, admitted: 5, waiting: 244 }]);
  expect(await take(queue, 'buyer-100')).toEqual(places[100]);

  queue.follow('e', onSale);
  await queue.tick();
  expect(await positionOf(queue, waiting[1] as PlaceId), 'the reservation still takes a slot').toBe(1);
  await queue.reservationOver('e', 'r1');
  expect(await positionOf(queue, waiting[1] as PlaceId)).toBe(0);
  const newcomer = await take(queue, 'somebody new');
  expect(newcomer.sequence).toBeGreaterThan((places.at(-1) as PlaceId).sequence);

  queue.follow('f', onSale);
  expect((await queue.join({ eventId: 'f', buyerId: 'a', open: true, record: () => [] })).kind).toBe(
    'JOINED',
  );
  await queue.tick();
  expect(await queue.stats('f'), 'still paused').toMatchObject([{ waiting: 1 }]);
  await queue.close();
  await after.store.close();
});

test('what is not written down yet is told to nobody', async () => {
  const store = interruptedStore(await memoryStore());
  const queue = await openQueue(store, () => START, { maxActiveBuyers: () => 1 });
  const [a, b] = [await take(queue), await take(queue)];
  queue.follow('e', onSale);

  const goOn = store.hold();
  const told: string[] = [];
  const moved = Promise.resolve(queue.status(a)).then(({ state }) => told.push(`a is ${state}`));
  const joined = [1, 2].map(() => enter(queue, 'ann').then(() => told.push('ann joined')));
  expect(await positionOf(queue, b), 'a is still before b').toBe(2);
  await setImmediate();
  expect(told).toEqual([]);
  goOn();
  await Promise.all([moved, ...joined]);
  expect(told.sort()).toEqual(['a is READY', 'ann joined', 'ann joined']);
  expect(await positionOf(queue, b)).toBe(1);
});

test('a join that cannot be written down leaves no trace, and those behind move up', async () => {
  const inner = await memoryStore();
  const store = interruptedStore(inner);
  const queue = await openQueue(store, () => START);
  const first = await take(queue, 'ann');
  store.dieAfter(0);
  await expect(enter(queue, 'bob')).rejects.toThrow(died);
  store.dieAfter(Number.POSITIVE_INFINITY);
  const next = await take(queue, 'cid');
  expect([await positionOf(queue, first), await positionOf(queue, next)]).toEqual([1, 2]);
  expect(await positionOf(queue, await take(queue, 'bob'))).toBe(3);
});

test('an admission or leave that cannot be written down has not happened', async () => {
  const store = interruptedStore(await memoryStore());
  const queue = await openQueue(store, () => START);
  queue.follow('e', onSale);
  const id = await take(queue);
  const goOn = store.hold();
  store.dieAfter(0);
  goOn();
  await expect(ask(queue, id, 'ann')).rejects.toThrow(died);
  await expect(leave(queue, id)).rejects.toThrow(died);
  store.dieAfter(Number.POSITIVE_INFINITY);
  expect(await ask(queue, id, 'bob'), 'bound to nobody').toMatchObject({ kind: 'GRANTED' });
});

test('a place is one transaction, a status none, a turn one for all, an admission one', async () => {
  const store = interruptedStore(await memoryStore());
  const queue = await openQueue(store, () => START);
  const cost = async (what: () => unknown): Promise<number> => {
    const before = store.asked;
    await what();
    return store.asked - before;
  };
  expect(await cost(() => Promise.all(Array.from({ length: 50 }, () => take(queue))))).toBe(50);
  const id = await take(queue, 'ann');
  expect(await cost(() => queue.status(id))).toBe(0);
  expect(await cost(() => take(queue, 'ann'))).toBe(0);
  queue.follow('e', onSale);
  expect(await cost(() => queue.tick())).toBe(1);
  expect(await positionOf(queue, id)).toBe(0);
  expect(await cost(() => ask(queue, id, 'ann'))).toBe(1);
  expect(await cost(() => ask(queue, id, 'ann'))).toBe(0);
  expect(await cost(() => queue.tick())).toBe(0);
});

test('of those who are gone nothing stays in the store', async () => {
  let now = START;
  const store = await memoryStore();
  const queue = await openQueue(store, () => now, { maxActiveBuyers: () => 10 });
  const places = await Promise.all(Array.from({ length: 230 }, (_, buyer) => take(queue, `buyer-${buyer}`)));
  queue.follow('e', onSale);
  await queue.tick();
  const id = places[0] as PlaceId;
  await ask(queue, id, 'buyer-0');
  const hold = {
    eventId: 'e',
    buyerId: 'buyer-0',
    reservationId: 'r1',
    at: now,
    holdExpiresAt: now + 1_000_000,
  };
  await queue.reservationOpen(hold);
  now += 300_000;
  await queue.tick();
  now += 60_000;
  await queue.tick();
  const left = async () => {
    const sequences: number[] = [];
    for await (const { value } of store.scan(placeTable)) {
      sequences.push(value.sequence);
    }
    return sequences;
  };
  expect(await left()).toEqual([id.sequence]);
  await queue.reservationOver('e', 'r1');
  await queue.tick();
  expect(await left()).toEqual([]);
});

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('join' as const), buyer: fc.option(fc.nat(9)) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), pick: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('status' as const), pick: fc.nat(30) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('admit' as const), pick: fc.nat(30), buyer: fc.nat(9) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reserve' as const), buyer: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const), ms: fc.nat(400) }) },
);

/** What has been acknowledged of a place. */
interface Known {
  readonly id: PlaceId;
  state: 'WAITING' | 'READY' | 'LEFT' | 'USED';
  granted?: Extract<AdmissionResult, { kind: 'GRANTED' }> | undefined;
}

test('whenever the process dies, what was acknowledged is there after a restart', {
  timeout: 120_000,
}, async () => {
  const store = await memoryStore();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.nat(60), async (steps, lifetime) => {
      run++;
      const eventId = `event-${run}`;
      let now = START;
      const dying = interruptedStore(store);
      const settings = { admissionRatePerMinute: () => 600, maxActiveBuyers: () => 6 };
      const queue = await openQueue(dying, () => now, settings);
      queue.follow(eventId, onSale);
      dying.dieAfter(lifetime);
      const known: Known[] = [];

      const play = async (each: (typeof steps)[number]): Promise<void> => {
        const target = 'pick' in each ? known[each.pick % Math.max(1, known.length)] : undefined;
        switch (each.do) {
          case 'join': {
            const buyerId = each.buyer === null ? undefined : `buyer-${each.buyer}`;
            const joined = await queue.join({ eventId, buyerId, open: true, record: () => [] });
            if (joined.kind === 'JOINED' && !known.some(({ id }) => id.sequence === joined.id.sequence)) {
              known.push({ id: joined.id, state: joined.place.state as 'WAITING' | 'READY' });
            }
            break;
          }
          case 'leave':
            if (target !== undefined && (await leave(queue, target.id)).state === 'LEFT') {
              target.state = 'LEFT';
            }
            break;
          case 'status':
            if (target !== undefined && (await queue.status(target.id)).state === 'READY') {
              target.state = 'READY';
            }
            break;
          case 'admit':
            if (target !== undefined) {
              const answer = await ask(queue, target.id, `buyer-${each.buyer}`);
              if (answer.kind === 'GRANTED') {
                target.state = 'READY';
                target.granted = answer;
                // The buyer gave up another place for it.
                for (const other of known.filter((place) => place !== target && place.state !== 'USED')) {
                  if ((await queue.status(other.id)).state === 'LEFT') {
                    other.state = 'LEFT';
                  }
                }
              }
            }
            break;
          case 'reserve': {
            const buyerId = `buyer-${each.buyer}`;
            const place = known.find(
              ({ granted, state }) => state === 'READY' && granted?.pass.buyerId === buyerId,
            );
            if (place !== undefined) {
              const reservationId = `r-${place.id.sequence}`;
              const hold = { eventId, buyerId, reservationId, at: now, holdExpiresAt: now + 900_000 };
              await queue.reservationOpen(hold);
              place.state = 'USED';
            }
            break;
          }
          case 'tick':
            now += each.ms;
            await queue.tick();
            break;
        }
      };
      for (const each of steps) {
        try {
          await play(each);
        } catch (error) {
          expect(error).toBe(died);
          break;
        }
      }

      const next = await openQueue(store, () => now, settings);
      let last = 0;
      for (const { id, state, granted } of [...known].sort((a, b) => a.id.sequence - b.id.sequence)) {
        const place = await next.status(id);
        if (state === 'WAITING') {
          // Its turn may have come without its being told.
          expect(['WAITING', 'READY']).toContain(place.state);
        } else {
          expect(place).toMatchObject(state === 'USED' ? { state: 'EXPIRED', reason: 'USED' } : { state });
        }
        if (place.state === 'WAITING') {
          expect(place.position).toBeGreaterThan(last);
          last = place.position;
        }
        if (granted !== undefined && state === 'READY') {
          expect(await ask(next, id, granted.pass.buyerId)).toEqual(granted);
        }
      }
      expect((await next.stats(eventId))[0]?.waiting ?? 0, 'nobody else came in between').toBeLessThanOrEqual(
        last + 1,
      );
    }),
    { numRuns: 150 },
  );
});

test('who has told that a reservation is over need not tell again after a kill, however many tell at once', async () => {
  const base = await memoryStore();
  const store = interruptedStore(base);
  const queue = await openQueue(store, () => START);
  queue.follow('e', onSale);
  const buyers = ['ann', 'bob', 'cem'];
  for (const buyerId of buyers) {
    await ask(queue, await take(queue, buyerId), buyerId);
    const hold = { eventId: 'e', buyerId, reservationId: `of ${buyerId}`, at: START };
    await queue.reservationOpen({ ...hold, holdExpiresAt: START + 60_000 });
  }
  await queue.tick();
  /** How many are inside for a process that starts now, on what is in the store. */
  const inside = async (): Promise<number> => {
    const next = await openQueue(base, () => START);
    const [stats] = await next.stats('e');
    await next.close();
    return stats?.active ?? 0;
  };
  expect(await inside()).toBe(3);

  const goOn = store.hold();
  const left: number[] = [];
  const told = buyers.map((buyerId) =>
    queue.reservationOver('e', `of ${buyerId}`).then(async () => left.push(await inside())),
  );
  // The first removal is on its way, and knows nothing of the others.
  await setImmediate();
  goOn();
  await told[0];
  store.dieAfter(0);
  const others = await Promise.allSettled(told.slice(1));
  const believed = 1 + others.filter(({ status }) => status === 'fulfilled').length;
  expect(await inside()).toBeLessThanOrEqual(3 - believed);

  store.dieAfter(Number.POSITIVE_INFINITY);
  await Promise.all(buyers.map((buyerId) => queue.reservationOver('e', `of ${buyerId}`)));
  expect(await inside(), 'what failed is done when it is told again').toBe(0);
  await queue.close();
});
