import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import type { Write } from '../store/index.ts';
import { emit, outboxTable } from './outbox.ts';
import { takingAway } from './removals.ts';

const ids = Array.from({ length: 250 }, (_, at) => `event/${at}`);

async function outbox() {
  const store = await openStore({ memory: true, data: '' }, () => 0);
  onTestFinished(() => store.close());
  for (const id of ids) {
    await store.transact([emit({ id, name: 'reservation.created', at: 0, eventId: 'show', sequence: 1 })]);
  }
  const sizes: number[] = [];
  const counted = {
    ...store,
    transact: (writes: readonly Write[]) => {
      sizes.push(writes.length);
      return store.transact(writes);
    },
  };
  const left = async () =>
    (await store.getMany(outboxTable, ids)).filter((item) => item !== undefined).length;
  return { store, sizes, takeAway: takingAway(counted), left };
}

test('events that are delivered while others are being taken away are taken away together', async () => {
  const { takeAway, sizes, left } = await outbox();
  await takeAway('event/0');
  expect(await left()).toBe(249);
  const all = ids.slice(1).map(takeAway);
  // Whoever has the same event delivered again has it taken away once.
  all.push(takeAway('event/249'));
  await Promise.all(all);
  expect(await left()).toBe(0);
  expect(sizes).toStrictEqual([1, 1, 100, 100, 48]);
});

test('nobody is told that an event is taken away where it is not', async () => {
  const { store, takeAway } = await outbox();
  await store.close();
  const outcomes = await Promise.allSettled(ids.map(takeAway));
  expect(new Set(outcomes.map(({ status }) => status))).toStrictEqual(new Set(['rejected']));
});
