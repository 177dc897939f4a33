import { expect, test } from 'vitest';
import { ask, nothing, type OpenTestQueue, onSale, positionOf, take } from './test-queue.ts';

/** Who is admitted, by which place and token. */
export function admissionSuite(open: OpenTestQueue): void {
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
}
