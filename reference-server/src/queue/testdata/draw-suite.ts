import { expect, test } from 'vitest';
import { drawOrder } from '../../domain/queue/index.ts';
import type { PlaceId } from '../../domain/token/index.ts';
import type { QueueRules } from '../index.ts';
import { comeFrom, type OpenTestQueue, onSale, positionOf, take } from './test-queue.ts';

/** The seed of the draws of tests. */
export const SEED = 'd1'.repeat(32);

/** Rules of an event before its sale, and from its start on. */
export const early = (at: number): QueueRules => ({
  ratePerMinute: undefined,
  onSale: false,
  draw: { at },
});
export const drawn = (at: number, rules: Partial<QueueRules> = {}): QueueRules => ({
  ...onSale,
  ...rules,
  draw: { at, seed: SEED },
});

/** Places in the order that the draw gives them. */
export function inOrder(places: readonly PlaceId[]): PlaceId[] {
  const [{ eventId } = { eventId: '' }] = places;
  const order = [...drawOrder({ seed: SEED, eventId, places: places.length })];
  return order.map((sequence) => places[sequence - 1] as PlaceId);
}

/** What every queue does for those who come before the sale. */
export function drawSuite(open: OpenTestQueue): void {
  const crowd = 200;
  const gather = async (queue: Awaited<ReturnType<OpenTestQueue>>['queue'], at: number) => {
    queue.follow('e', early(at));
    return Promise.all(Array.from({ length: crowd }, (_, buyer) => take(queue, `buyer-${buyer}`)));
  };

  test('who comes early has no position until the draw, and the place that it gives from then on', async () => {
    const { queue, now, pass } = await open({ admissionRatePerMinute: () => 0 });
    const at = now() + 60_000;
    const places = await gather(queue, at);
    expect(places.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(
      places.map((_, index) => index + 1),
    );
    for (const id of places) {
      expect(await queue.status(id)).toMatchObject({ state: 'WAITING', position: 0 });
    }
    expect(await take(queue, 'buyer-7'), 'joining twice gives the same place').toEqual(places[7]);
    await pass(60_000);
    expect(await queue.status(places[0] as PlaceId), 'without a seed').toMatchObject({ position: 0 });

    queue.follow('e', drawn(at));
    const positions = await Promise.all(inOrder(places).map((id) => positionOf(queue, id)));
    expect(positions).toEqual(places.map((_, index) => index + 1));
  });

  test('strangers from one origin get so many lots, and another one when they give one up', async () => {
    const { queue, now } = await open({ maxEarlyPerOrigin: () => 2 });
    queue.follow('e', early(now() + 60_000));
    const kinds = async (...origins: (string | undefined)[]) =>
      Promise.all(origins.map(async (origin) => (await comeFrom(queue, origin)).kind));

    expect(await kinds('a', 'a', 'a', 'b', 'b', 'b')).toEqual([
      ...['JOINED', 'JOINED', 'CROWDED'],
      ...['JOINED', 'JOINED', 'CROWDED'],
    ]);
    expect(await kinds(undefined, undefined, undefined), 'not known where from').toEqual(
      Array.from({ length: 3 }, () => 'JOINED'),
    );
    await take(queue, 'ann');
    const [stats] = await queue.stats('e');
    expect(stats?.waiting).toBe(8);
    const left = await comeFrom(queue, 'c');
    expect(left.kind).toBe('JOINED');
    await comeFrom(queue, 'c');
    expect(await kinds('c')).toEqual(['CROWDED']);
    await queue.leave((left as Extract<typeof left, { kind: 'JOINED' }>).id, () => []);
    expect(await kinds('c', 'c'), 'one was given up').toEqual(['JOINED', 'CROWDED']);

    queue.follow('e', drawn(now()));
    expect(await kinds('a', 'b', 'c'), 'behind the draw nobody is counted').toEqual(
      Array.from({ length: 3 }, () => 'JOINED'),
    );
  });

  test('whoever comes after the opening stands behind all who came early, in the order of coming', async () => {
    const { queue, now } = await open({ admissionRatePerMinute: () => 0 });
    const places = await gather(queue, now());
    await queue.leave(places[3] as PlaceId, () => []);
    queue.follow('e', drawn(now()));
    const later = await Promise.all(Array.from({ length: 20 }, () => take(queue)));
    const positions = await Promise.all(later.map((id) => positionOf(queue, id)));
    expect(later.map(({ sequence }) => sequence)).toEqual(later.map((_, index) => crowd + 1 + index));
    expect(positions).toEqual(later.map((_, index) => crowd + index));
    queue.follow('e', early(now()));
    expect((await take(queue)).sequence, 'a draw is never opened again').toBe(crowd + 21);
    expect(await positionOf(queue, inOrder(places)[0] as PlaceId)).toBe(1);
  });

  test('they are let in by the order of the draw, and nobody before it', async () => {
    const { queue, now, pass } = await open({ admissionRatePerMinute: () => 6_000 });
    const places = await gather(queue, now());
    queue.follow('e', { ...onSale, draw: { at: now() } });
    await pass(1_000);
    expect((await queue.stats('e'))[0]?.admitted, 'not without the seed').toBe(0);
    queue.follow('e', drawn(now()));
    const order = inOrder(places);
    for (let admitted = 0; admitted < crowd; ) {
      await pass(300);
      const positions = await Promise.all(order.map((id) => positionOf(queue, id)));
      const ready = positions.lastIndexOf(0) + 1;
      expect(ready).toBeGreaterThan(admitted);
      expect(positions).toEqual(order.map((_, index) => Math.max(0, index + 1 - ready)));
      admitted = ready;
    }
  });
}
