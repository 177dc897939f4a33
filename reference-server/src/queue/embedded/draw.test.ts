import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { PlaceId } from '../../domain/token/index.ts';
import { openEmbeddedStore } from '../../store/embedded/index.ts';
import type { QueueSettings } from '../index.ts';
import { drawn, early, inOrder } from '../testdata/draw-suite.ts';
import { died, type InterruptedStore, interruptedStore } from '../testdata/interrupted-store.ts';
import { comeFrom, positionOf, roomy, take } from '../testdata/test-queue.ts';
import { type EmbeddedQueue, lineTable, openEmbeddedQueue, placeTable } from './index.ts';

const START = Date.UTC(2026, 0, 1);
const noRate = { ratePerMinute: 0 };

/** A queue that can be started again with what its store has; each start takes a second. */
async function restartable(settings: Partial<QueueSettings> = {}) {
  let now = START;
  const inner = await openEmbeddedStore({ tables: [placeTable, lineTable], clock: () => now });
  onTestFinished(() => inner.close());
  return async (): Promise<{ store: InterruptedStore; queue: EmbeddedQueue }> => {
    now += 1_000;
    const store = interruptedStore(inner);
    const onFailure = () => undefined;
    const queue = await openEmbeddedQueue({
      store,
      clock: () => now,
      settings: { ...roomy, ...settings },
      tickMs: 0,
      onFailure,
    });
    return { store, queue };
  };
}

const positions = (queue: EmbeddedQueue, places: readonly PlaceId[]) =>
  Promise.all(places.map((id) => positionOf(queue, id)));
const counted = (places: readonly PlaceId[]) => places.map((_, index) => index + 1);

test('SECURITY 19: after a restart strangers from one origin have no more lots than before, and no address is kept', async () => {
  const start = await restartable({ maxEarlyPerOrigin: () => 2 });
  let { queue } = await start();
  queue.follow('e', early(START));
  await comeFrom(queue, '198.51.100.7');
  await comeFrom(queue, '198.51.100.7');

  let store: InterruptedStore;
  ({ queue, store } = await start());
  queue.follow('e', early(START));
  expect(await comeFrom(queue, '198.51.100.7')).toEqual({ kind: 'CROWDED' });
  expect(await comeFrom(queue, '198.51.100.8')).toMatchObject({ kind: 'JOINED' });
  for await (const { value } of store.scan(placeTable)) {
    expect(JSON.stringify(value)).not.toContain('198.51');
  }
});

test('a restart before the draw, after it and while it is used up changes nothing of it', async () => {
  const start = await restartable();
  let { queue } = await start();
  queue.follow('e', early(START));
  const places = await Promise.all(Array.from({ length: 60 }, () => take(queue)));

  ({ queue } = await start());
  queue.follow('e', early(START));
  expect(await queue.status(places[0] as PlaceId)).toMatchObject({ state: 'WAITING', position: 0 });
  places.push(await take(queue));
  expect(places.at(-1)?.sequence).toBe(61);

  ({ queue } = await start());
  queue.follow('e', drawn(START, noRate));
  const order = inOrder(places);
  expect(await positions(queue, order)).toEqual(counted(order));
  order.push(await take(queue));

  ({ queue } = await start());
  queue.follow('e', drawn(START, noRate));
  expect(await positions(queue, order)).toEqual(counted(order));
  await queue.leave(order[4] as PlaceId, () => []);
  order.splice(4, 1);

  ({ queue } = await start());
  queue.follow('e', drawn(START, { ratePerMinute: 600 }));
  await queue.tick();
  const admitted = (await positions(queue, order)).lastIndexOf(0) + 1;
  expect(admitted).toBeGreaterThan(5);

  ({ queue } = await start());
  queue.follow('e', drawn(START, noRate));
  const after = order.map((_, index) => Math.max(0, index + 1 - admitted));
  expect(await positions(queue, order)).toEqual(after);
  expect((await queue.stats('e'))[0]).toMatchObject({ admitted, waiting: order.length - admitted });
});

test('whoever dies before the draw is written down has told nobody, and the same draw is made after', async () => {
  const start = await restartable();
  const before = await start();
  before.queue.follow('e', early(START));
  const places = await Promise.all(Array.from({ length: 30 }, () => take(before.queue)));
  before.queue.follow('e', drawn(START, noRate));
  before.store.dieAfter(0);
  await expect(before.queue.status(places[0] as PlaceId)).rejects.toBe(died);
  await expect(take(before.queue)).rejects.toBe(died);

  const { queue } = await start();
  queue.follow('e', drawn(START, noRate));
  const newcomer = await take(queue);
  expect(newcomer.sequence).toBe(31);
  const order = [...inOrder(places), newcomer];
  expect(await positions(queue, order)).toEqual(counted(order));
});

test('a join that is under way when the draw is made is in it, if it comes to anything', async () => {
  const start = await restartable();
  const { store, queue } = await start();
  queue.follow('e', early(START));
  const places = await Promise.all(Array.from({ length: 20 }, () => take(queue)));
  const release = store.hold();
  const late = take(queue);
  await setImmediate();
  queue.follow('e', drawn(START, noRate));
  const asked = queue.status(places[0] as PlaceId);
  release();
  await asked;
  places.push(await late);
  expect(await positions(queue, inOrder(places))).toEqual(counted(places));
});

test('a crowd is drawn while others are served: who waits for it has no position, newcomers have theirs', async () => {
  const start = await restartable();
  const { queue } = await start();
  queue.follow('e', early(START));
  const places: PlaceId[] = [];
  for (let batch = 0; batch < 30; batch++) {
    places.push(...(await Promise.all(Array.from({ length: 500 }, () => take(queue)))));
  }
  queue.follow('e', drawn(START, noRate));
  const newcomer = take(queue);
  const first = inOrder(places)[0] as PlaceId;
  expect(await queue.status(first)).toMatchObject({ state: 'WAITING', position: 0 });
  expect(await positionOf(queue, await newcomer)).toBe(15_001);
  while ((await positionOf(queue, first)) === 0) {
    await setImmediate();
  }
  expect(await positions(queue, inOrder(places))).toEqual(counted(places));
}, 60_000);
