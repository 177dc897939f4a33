import { expect, test } from 'vitest';
import type { QueueRules } from '../index.ts';
import { ask, enter, nothing, type OpenTestQueue, onSale, positionOf, take } from './test-queue.ts';

/** How places are given out, kept and lost. */
export function placesSuite(open: OpenTestQueue): void {
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
}
