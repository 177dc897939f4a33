import { expect, test } from 'vitest';
import type { PlaceId } from '../../domain/token/index.ts';
import { put, type Write } from '../../store/index.ts';
import type { JoinResult, Recorder } from '../index.ts';
import { answerTable } from './answer-table.ts';
import { ask, enter, nothing, type OpenTestQueue, onSale, positionOf, take } from './test-queue.ts';

/** How many are inside, how fast a line moves, and how it is stopped and emptied. */
export function paceSuite(open: OpenTestQueue): void {
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
