import { expect, test } from 'vitest';
import type { PlaceId } from '../../domain/token/index.ts';
import { put, type Store, type Write } from '../../store/index.ts';
import type { JoinResult, Queue, QueueRules, QueueSettings, Recorder } from '../index.ts';
import { defaultQueueTimes } from '../index.ts';
import { answerTable } from './answer-table.ts';

/** A queue for one test, and the time it lives in. */
export interface TestQueue {
  readonly queue: Queue;
  /** The store that answers are recorded in, opened with {@link answerTable}. */
  readonly store: Store;
  /** Lets time pass, and the queue do what time brings. */
  pass(ms: number): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}

/** Opens a queue that ends with the test. */
export type OpenTestQueue = (settings: Partial<QueueSettings>) => Promise<TestQueue>;

/** Rules of an event that is on sale. */
export const onSale: QueueRules = { ratePerMinute: undefined, onSale: true };

/** Settings under which nothing holds a line up. */
export const roomy: QueueSettings = {
  ...defaultQueueTimes,
  admissionRatePerMinute: () => 600_000,
  maxActiveBuyers: () => 1_000,
  maxWaiting: () => 100_000,
};

const nothing: Recorder<unknown> = () => [];

/** Joins the line of event `e`; anonymously without a buyer. */
export function enter(queue: Queue, buyerId?: string, record = nothing): Promise<JoinResult> {
  return queue.join({ eventId: 'e', buyerId, open: true, record });
}

/** Joins, which must work. @returns the place. */
export async function take(queue: Queue, buyerId?: string): Promise<PlaceId> {
  const joined = await enter(queue, buyerId);
  expect(joined.kind).toBe('JOINED');
  return (joined as Extract<JoinResult, { kind: 'JOINED' }>).id;
}

/** Position of a waiting place; 0 for one that is ready, -1 for one that is over. */
export async function positionOf(queue: Queue, id: PlaceId): Promise<number> {
  const place = await queue.status(id);
  return place.state === 'WAITING' ? place.position : place.state === 'READY' ? 0 : -1;
}

function ask(queue: Queue, id: PlaceId, buyerId: string, record: Recorder<unknown> = nothing) {
  return queue.requestAdmission({ id, buyerId, record });
}

/** What every queue does, whatever it keeps its lines in. */
export function queueSuite(open: OpenTestQueue): void {
  test('who finds the line empty is admitted at once; who does not is told the exact place', async () => {
    const { queue, now } = await open({ maxActiveBuyers: () => 1 });
    queue.follow('e', onSale);
    const first = await enter(queue, 'ann');
    expect(first).toMatchObject({ kind: 'JOINED', place: { state: 'READY', expiresAt: now() + 60_000 } });
    for (const position of [1, 2, 3]) {
      expect(await enter(queue)).toMatchObject({ place: { state: 'WAITING', position } });
    }
  });

  test('a line without rules, of an event not on sale, or with rate 0 lets in nobody', async () => {
    const { queue, pass } = await open({});
    const id = await take(queue, 'ann');
    const rules: QueueRules[] = [
      { ratePerMinute: 600, onSale: false },
      { ratePerMinute: 0, onSale: true },
    ];
    expect(await positionOf(queue, id)).toBe(1);
    for (const each of rules) {
      queue.follow('e', each);
      await pass(1_000);
      expect(await queue.status(id)).toMatchObject({ state: 'WAITING', position: 1, etaSeconds: -1 });
    }
    queue.follow('e', { ratePerMinute: 600, onSale: true });
    expect(await positionOf(queue, id)).toBe(0);
  });

  test('SECURITY 23: a buyer has one place, however often and how much at once they join', async () => {
    const { queue } = await open({});
    const joined = await Promise.all(Array.from({ length: 20 }, () => take(queue, 'ann')));
    expect(new Set(joined.map(({ sequence }) => sequence)).size).toBe(1);
    expect(await take(queue, 'ann')).toEqual(joined[0]);
    expect((await take(queue, 'bob')).sequence).not.toBe(joined[0]?.sequence);
    expect((await queue.join({ eventId: 'f', buyerId: 'ann', open: true, record: nothing })).kind).toBe(
      'JOINED',
    );
    expect((await queue.stats('e'))[0]?.waiting).toBe(2);
  });

  test('nobody has a claim to an anonymous place but by its number and nonce', async () => {
    const { queue } = await open({});
    const places = [await take(queue), await take(queue)] as const;
    expect(places[0].sequence).not.toBe(places[1].sequence);
    expect(await positionOf(queue, places[1])).toBe(2);
    expect(await positionOf(queue, { ...places[1], nonce: places[0].nonce })).toBe(-1);
    expect(await positionOf(queue, { ...places[1], sequence: 99 })).toBe(-1);
    expect(await positionOf(queue, { ...places[1], eventId: 'unheard-of' })).toBe(-1);
    expect(await ask(queue, { ...places[1], nonce: 1 }, 'ann')).toMatchObject({ kind: 'OVER' });
    expect(await queue.leave({ ...places[1], nonce: 1 }, nothing)).toMatchObject({ state: 'EXPIRED' });
    expect(await positionOf(queue, places[1])).toBe(2);
  });

  test('a crowd that comes at once is served strictly in the order it was told', async () => {
    const { queue, pass } = await open({ admissionRatePerMinute: () => 6_000 });
    const places = await Promise.all(
      Array.from({ length: 300 }, (_, buyer) => take(queue, `buyer-${buyer}`)),
    );
    const positions = await Promise.all(places.map((id) => positionOf(queue, id)));
    expect([...positions].sort((a, b) => a - b)).toEqual(places.map((_, index) => index + 1));
    const line = places.map((id, index) => ({ id, position: positions[index] as number }));
    line.sort((a, b) => a.position - b.position);

    queue.follow('e', onSale);
    for (let admitted = 0; admitted < 300; ) {
      await pass(500);
      const now = await Promise.all(line.map(({ id }) => positionOf(queue, id)));
      const ready = now.lastIndexOf(0) + 1;
      expect(ready).toBeGreaterThan(admitted);
      expect(now.slice(0, ready).every((position) => position === 0)).toBe(true);
      expect(now.slice(ready)).toEqual(line.slice(ready).map((_, index) => index + 1));
      admitted = ready;
    }
  });

  test('who leaves makes room at once, may leave again, and comes back at the end', async () => {
    const { queue, now, pass } = await open({});
    const [a, b, c] = [await take(queue, 'ann'), await take(queue, 'bob'), await take(queue, 'cid')];
    await pass(789);
    const left = await queue.leave(a, nothing);
    expect(left).toEqual({ state: 'LEFT', endedAt: Math.floor(now() / 1000) * 1000 });
    expect(await Promise.all([a, b, c].map((id) => positionOf(queue, id)))).toEqual([-1, 1, 2]);
    expect(await queue.leave(a, nothing), 'told the same time').toEqual(left);
    const again = await take(queue, 'ann');
    expect(again.sequence).toBeGreaterThan(c.sequence);
    expect(await positionOf(queue, again)).toBe(3);
  });

  test('a place nobody asks for lapses and holds nobody up; asking keeps it', async () => {
    const { queue, pass, now } = await open({});
    const [a, b] = [await take(queue, 'ann'), await take(queue, 'bob')];
    const start = now();
    await pass(100_000);
    expect(await positionOf(queue, b)).toBe(2);
    await pass(21_000);
    expect(await queue.status(b)).toMatchObject({ state: 'WAITING', position: 1 });
    expect(await queue.status(a)).toMatchObject({ state: 'EXPIRED', reason: 'LAPSED' });
    expect(((await queue.status(a)) as { endedAt: number }).endedAt).toBeLessThanOrEqual(start + 121_000);
    expect(await positionOf(queue, await take(queue, 'ann'))).toBe(2);
  });

  test('whose turn has come and who does not want it loses it to the next', async () => {
    const { queue, pass } = await open({ maxActiveBuyers: () => 1 });
    queue.follow('e', onSale);
    const [a, b] = [await take(queue), await take(queue)];
    await pass(59_000);
    expect([await positionOf(queue, a), await positionOf(queue, b)]).toEqual([0, 1]);
    await pass(1_000);
    expect([await positionOf(queue, a), await positionOf(queue, b)]).toEqual([-1, 0]);
    expect(await ask(queue, a, 'ann')).toMatchObject({ kind: 'OVER', place: { reason: 'LAPSED' } });
  });

  test('admission is granted in turn, the same one while it lives, a new one after', async () => {
    const { queue, pass, now } = await open({ maxActiveBuyers: () => 1 });
    queue.follow('e', onSale);
    const [a, b] = [await take(queue, 'ann'), await take(queue, 'bob')];
    expect(await ask(queue, b, 'bob')).toMatchObject({ kind: 'NOT_YET', place: { position: 1 } });
    const granted = await ask(queue, a, 'ann');
    expect(granted).toEqual({
      kind: 'GRANTED',
      pass: { id: expect.any(String), eventId: 'e', buyerId: 'ann', expiresAt: now() + 30_000 },
    });
    await pass(29_000);
    expect(await Promise.all([ask(queue, a, 'ann'), ask(queue, a, 'ann')])).toEqual([granted, granted]);
    await pass(1_000);
    const next = await ask(queue, a, 'ann');
    expect(next).toMatchObject({ kind: 'GRANTED', pass: { expiresAt: now() + 30_000 } });
    expect(next).not.toEqual(granted);
    await pass(30_000);
    expect(await ask(queue, a, 'ann')).toMatchObject({ kind: 'OVER' });
    expect(await positionOf(queue, b)).toBe(0);
  });

  test('admission at once, asked many times at once, is one', async () => {
    const { queue } = await open({});
    queue.follow('e', onSale);
    const id = await take(queue);
    const granted = await Promise.all(Array.from({ length: 10 }, () => ask(queue, id, 'ann')));
    expect(new Set(granted.map((each) => JSON.stringify(each))).size).toBe(1);
    const rivals = await Promise.all(['ann', 'bob', ''].map((buyer) => ask(queue, id, buyer)));
    expect(rivals.map(({ kind }) => kind)).toEqual(['GRANTED', 'NOT_THEIRS', 'GRANTED']);
    expect(rivals[2], 'the buyer it is bound to').toEqual(rivals[0]);
  });

  test('an anonymous place becomes the place of the buyer who is admitted by it, in place of any other', async () => {
    const { queue } = await open({ maxActiveBuyers: () => 3 });
    const [a, own, c] = [await take(queue), await take(queue, 'ann'), await take(queue)];
    queue.follow('e', { ratePerMinute: undefined, onSale: false });
    expect(await ask(queue, a, 'ann')).toMatchObject({ kind: 'NOT_YET' });
    queue.follow('e', onSale);
    expect(await ask(queue, a, 'ann')).toMatchObject({ kind: 'GRANTED', pass: { buyerId: 'ann' } });
    expect(await queue.status(own)).toMatchObject({ state: 'LEFT' });
    expect(await take(queue, 'ann')).toEqual(a);
    expect(await ask(queue, a, 'bob')).toEqual({ kind: 'NOT_THEIRS' });
    expect(await ask(queue, c, 'ann')).toEqual({ kind: 'ADMITTED_ELSEWHERE' });
    expect(await ask(queue, c, 'bob')).toMatchObject({ kind: 'GRANTED' });
  });

  test('a buyer who is admitted by several places at once is admitted by one', async () => {
    const { queue } = await open({});
    queue.follow('e', onSale);
    const places = [await take(queue), await take(queue), await take(queue)];
    const answers = await Promise.all(places.map((id) => ask(queue, id, 'ann')));
    const kinds = answers.map(({ kind }) => kind).sort();
    expect(kinds).toEqual(['ADMITTED_ELSEWHERE', 'ADMITTED_ELSEWHERE', 'GRANTED']);
  });

  test('a buyer has one live token, also who leaves and joins an empty line again and again', async () => {
    const { queue, pass } = await open({});
    queue.follow('e', onSale);
    const first = await take(queue, 'ann');
    const granted = await ask(queue, first, 'ann');
    expect(granted).toMatchObject({ kind: 'GRANTED' });
    await queue.leave(first, nothing);
    const second = await take(queue, 'ann');
    expect(await ask(queue, second, 'ann')).toEqual({ kind: 'ADMITTED_ELSEWHERE' });
    const nobodys = await take(queue);
    expect(await ask(queue, nobodys, 'ann')).toEqual({ kind: 'ADMITTED_ELSEWHERE' });
    expect(await ask(queue, nobodys, 'bob'), 'nobody else is held up').toMatchObject({ kind: 'GRANTED' });
    await pass(30_000);
    expect(await ask(queue, second, 'ann')).toMatchObject({ kind: 'GRANTED' });
  });

  test('a place is used up by the token that was spent, whoever it was given to', async () => {
    const { queue, now } = await open({ maxActiveBuyers: () => 2 });
    queue.follow('e', onSale);
    const [nobodys, anns] = [await take(queue), await take(queue, 'ann')];
    const [pass, other] = [await ask(queue, nobodys, ''), await ask(queue, anns, 'ann')];
    if (pass.kind !== 'GRANTED' || other.kind !== 'GRANTED') {
      throw new Error('both are first in line');
    }
    const spend = (buyerId: string, tokenId: string | undefined, reservationId: string) =>
      queue.reservationOpen({
        ...{ eventId: 'e', buyerId, tokenId, reservationId },
        ...{ at: now(), holdExpiresAt: now() + 300_000 },
      });
    await spend('', undefined, 'r0');
    expect(await queue.status(nobodys), 'nobody knows whose reservation that is').toMatchObject({
      state: 'READY',
    });
    await spend('', pass.pass.id, 'r1');
    expect(await queue.status(nobodys)).toMatchObject({ state: 'EXPIRED', reason: 'USED' });
    expect(await ask(queue, nobodys, '')).toMatchObject({ kind: 'OVER' });
    await queue.leave(anns, nothing);
    await spend('ann', other.pass.id, 'r2');
    await spend('ann', other.pass.id, 'r2');
    expect((await queue.stats('e'))[0]).toMatchObject({ active: 2 });
    await queue.reservationOver('e', 'r1');
    await queue.reservationOver('e', 'r2');
    expect((await queue.stats('e'))[0]).toMatchObject({ active: 0 });
  });

  test('a buyer without an id is admitted without one', async () => {
    const { queue } = await open({});
    queue.follow('e', onSale);
    const id = await take(queue);
    const granted = await ask(queue, id, '');
    expect(granted).toMatchObject({ kind: 'GRANTED', pass: { buyerId: '' } });
    expect(await ask(queue, id, '')).toEqual(granted);
    const named = await ask(queue, id, 'ann');
    expect(named).toMatchObject({ kind: 'GRANTED', pass: { buyerId: 'ann' } });
    const ids = [granted, named].map((each) => each.kind === 'GRANTED' && each.pass.id);
    expect(ids[0], 'a pass is never for two buyers').not.toBe(ids[1]);
  });

  test('so many are inside at a time and no more, as long as their reservations are open', async () => {
    const { queue, pass, now } = await open({ maxActiveBuyers: () => 2 });
    queue.follow('e', onSale);
    const [a, b, c, d] = [
      await take(queue, 'ann'),
      await take(queue, 'bob'),
      await take(queue),
      await take(queue),
    ];
    await ask(queue, a, 'ann');
    await ask(queue, b, 'bob');
    const hold = {
      eventId: 'e',
      buyerId: 'ann',
      reservationId: 'r1',
      at: now(),
      holdExpiresAt: now() + 100_000,
    };
    await queue.reservationOpen(hold);
    await queue.reservationOpen(hold);
    expect(await queue.status(a)).toMatchObject({ state: 'EXPIRED', reason: 'USED' });
    expect(await ask(queue, a, 'ann')).toMatchObject({ kind: 'OVER', place: { reason: 'USED' } });

    await pass(60_000);
    expect([await positionOf(queue, c), await positionOf(queue, d)], "bob's time is over").toEqual([0, 1]);
    await pass(30_000);
    await queue.reservationOver('e', 'r1');
    await queue.reservationOver('e', 'r1');
    expect(await positionOf(queue, d)).toBe(0);
    expect(await take(queue, 'ann'), 'who has bought may come again').not.toEqual(a);
  });

  test('a hold that lapses unheard of gives its slot back by itself', async () => {
    const { queue, pass, now } = await open({ maxActiveBuyers: () => 1 });
    queue.follow('e', onSale);
    const [a, b] = [await take(queue, 'ann'), await take(queue)];
    await ask(queue, a, 'ann');
    const hold = { eventId: 'e', buyerId: 'ann', reservationId: 'r1', at: now() };
    await queue.reservationOpen({ ...hold, holdExpiresAt: now() + 70_000 });
    await queue.reservationOpen({ ...hold, holdExpiresAt: now() + 90_000 });
    await pass(89_000);
    expect(await positionOf(queue, b)).toBe(1);
    await pass(1_000);
    expect(await positionOf(queue, b)).toBe(0);
  });

  test('the rate is followed when it changes, and paused lines wait', async () => {
    const { queue, pass } = await open({});
    const places = await Promise.all(Array.from({ length: 100 }, () => take(queue)));
    const admitted = async () =>
      (await Promise.all(places.map((id) => positionOf(queue, id)))).filter((position) => position === 0)
        .length;
    queue.follow('e', { ratePerMinute: 60, onSale: true });
    await pass(0);
    expect(await admitted()).toBe(1);
    for (let second = 0; second < 10; second++) {
      await pass(1_000);
    }
    expect(await admitted()).toBe(11);
    queue.follow('e', { ratePerMinute: 600, onSale: true });
    for (let tick = 0; tick < 10; tick++) {
      await pass(100);
    }
    expect(await admitted()).toBe(21);
    await queue.pause('e');
    await pass(10_000);
    expect(await admitted()).toBe(21);
    await queue.resume('e');
    await pass(0);
    expect(await admitted()).toBe(33);
  });

  test('a closed line gives out no new places, but finds earlier ones; a full one neither', async () => {
    const { queue } = await open({ maxWaiting: () => 2 });
    const own = await take(queue, 'ann');
    const closed = { eventId: 'e', open: false, record: nothing };
    expect(await queue.join({ ...closed, buyerId: 'ann' })).toMatchObject({ kind: 'JOINED', id: own });
    expect(await queue.join({ ...closed, buyerId: 'bob' })).toEqual({ kind: 'CLOSED' });
    await take(queue, 'bob');
    expect(await enter(queue, 'cid')).toEqual({ kind: 'FULL' });
    expect(await enter(queue, 'ann')).toMatchObject({ kind: 'JOINED', id: own });
  });

  test('an answer is recorded together with its effect, and neither without the other', async () => {
    const { queue, store } = await open({});
    queue.follow('e', onSale);
    const kept = async (key: string) => (await store.get(answerTable, key))?.value;
    const record =
      (key: string): Recorder<unknown> =>
      (answer): readonly Write[] => [put(answerTable, key, JSON.stringify(answer), { if: 'absent' })];

    const joined = await enter(queue, 'ann', record('join'));
    expect(joined).toMatchObject({ kind: 'JOINED', ...JSON.parse((await kept('join')) ?? '') });
    await expect(enter(queue, 'bob', record('join'))).rejects.toThrow();
    const { id } = joined as Extract<JoinResult, { kind: 'JOINED' }>;
    expect(await queue.stats('e')).toMatchObject([{ waiting: 0, active: 1 }]);

    await expect(ask(queue, id, 'ann', record('join'))).rejects.toThrow();
    const granted = await ask(queue, id, 'ann', record('admission'));
    expect(granted).toEqual({ kind: 'GRANTED', pass: JSON.parse((await kept('admission')) ?? '') });
    expect(await ask(queue, id, 'ann', record('admission')), 'nothing happens, nothing is recorded').toEqual(
      granted,
    );

    await expect(queue.leave(id, record('join'))).rejects.toThrow();
    expect(await queue.status(id)).toMatchObject({ state: 'READY' });
    expect(await queue.leave(id, record('leave'))).toEqual(JSON.parse((await kept('leave')) ?? ''));
  });

  test('a line in numbers', async () => {
    const { queue, pass } = await open({ maxActiveBuyers: () => 3, admissionRatePerMinute: () => 60 });
    queue.follow('e', onSale);
    queue.follow('f', onSale);
    for (let buyer = 0; buyer < 5; buyer++) {
      await take(queue);
    }
    await pass(10_000);
    await pass(10_000);
    expect(await queue.stats()).toEqual([
      {
        eventId: 'e',
        waiting: 2,
        active: 3,
        maxActive: 3,
        ratePerMinute: 60,
        paused: false,
        admitted: 3,
        admittedLastMinute: 3,
        meanWaitMs: expect.closeTo(10_000, -4),
      },
    ]);
    expect(await queue.stats('f')).toEqual([]);
    await pass(60_000);
    expect(await queue.stats('e')).toMatchObject([{ admitted: 4, admittedLastMinute: 1 }]);
  });

  test('a line is emptied: whoever waits has left, whoever is in stays', async () => {
    const { queue, pass } = await open({ maxActiveBuyers: () => 1 });
    queue.follow('e', onSale);
    queue.follow('f', onSale);
    const inside = await take(queue, 'ann');
    const waiting: PlaceId[] = [];
    for (let buyer = 0; buyer < 250; buyer++) {
      waiting.push(await take(queue, `buyer-${buyer}`));
    }
    await queue.leave(waiting[7] as PlaceId, nothing);
    const told: number[] = [];

    expect(await queue.drain('e', { onProgress: (given) => told.push(given) })).toBe(249);
    expect(told).toEqual([100, 200, 249]);
    expect(await queue.stats('e')).toMatchObject([{ waiting: 0, active: 1 }]);
    expect(await positionOf(queue, inside)).toBe(0);
    expect(await queue.status(waiting[100] as PlaceId)).toMatchObject({ state: 'LEFT' });
    expect(await queue.drain('e')).toBe(0);
    expect(await queue.drain('nothing')).toBe(0);
    await pass(1_000);
    const again = await take(queue, 'buyer-3');
    expect(await positionOf(queue, again)).toBe(1);
  });

  test('emptying a line can be stopped', async () => {
    const { queue } = await open({ admissionRatePerMinute: () => 0 });
    queue.follow('e', onSale);
    for (let buyer = 0; buyer < 150; buyer++) {
      await take(queue);
    }
    const stop = new AbortController();
    const given = await queue.drain('e', { signal: stop.signal, onProgress: () => stop.abort() });
    expect(given).toBe(100);
    expect(await queue.stats('e')).toMatchObject([{ waiting: 50 }]);
  });

  test('an event that is stopped lets in nobody, keeps its places, and goes on where it was', async () => {
    const stopped = new Set(['e']);
    const { queue, pass } = await open({ isStopped: (eventId) => stopped.has(eventId) });
    queue.follow('e', onSale);
    queue.follow('f', onSale);
    const id = await take(queue, 'ann');
    await pass(1_000);
    expect(await queue.status(id)).toMatchObject({ state: 'WAITING', position: 1, etaSeconds: -1 });
    const other = await queue.join({ eventId: 'f', buyerId: 'ann', open: true, record: nothing });
    expect(other).toMatchObject({ place: { state: 'READY' } });
    stopped.clear();
    await pass(1_000);
    expect(await positionOf(queue, id)).toBe(0);
  });

  test('a queue that is closed refuses calls', async () => {
    const { queue } = await open({});
    const id = await take(queue);
    await queue.close();
    await expect(queue.status(id)).rejects.toThrow('the queue is closed');
    await expect(take(queue)).rejects.toThrow('the queue is closed');
  });
}
