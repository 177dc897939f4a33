import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { eventually } from '../../../e2e/booking.ts';
import { type Receiver, startReceiver } from '../../../e2e/receiver.ts';
import { deliveries, proven, put, recordOf } from './testdata/deliveries.ts';

const receivers = (count: number): Promise<readonly Receiver[]> =>
  Promise.all(Array.from({ length: count }, () => startReceiver()));

const requestsOf = (all: readonly Receiver[]): number =>
  all.reduce((sum, { requests }) => sum + requests.length, 0);

test('SECURITY 27: a receiver that does not answer any more does not hold up the others', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const [slow, quick] = [await startReceiver(), await startReceiver()];
  start(store, 30_000);
  await proven(store, clock.now, slow);
  slow.answer = () => undefined;
  // Many more than may run at once, all of them due before the others.
  for (let at = 0; at < 100; at++) {
    await put(store, clock.now, `slow-${at}`, slow.url);
  }
  await eventually(async () => expect(slow.requests).toHaveLength(1 + 4));
  for (let at = 0; at < 100; at++) {
    await put(store, clock.now, `quick-${at}`, quick.url);
  }
  await eventually(async () => expect(quick.requests).toHaveLength(100));
  expect(slow.requests).toHaveLength(1 + 4);
});

test('SECURITY 27: new receivers that hang share a few slots, and hold up nobody who answers', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const [healthy, ...fresh] = await receivers(41);
  if (healthy === undefined) {
    throw new Error('no receiver was started');
  }
  start(store, 30_000);
  await proven(store, clock.now, healthy);
  for (const [at, receiver] of fresh.entries()) {
    receiver.answer = () => undefined;
    await put(store, clock.now, `fresh-${at}`, receiver.url);
    await put(store, clock.now, `again-${at}`, receiver.url);
  }
  await eventually(async () => expect(requestsOf(fresh)).toBe(4));
  for (let at = 0; at < 50; at++) {
    await put(store, clock.now, `healthy-${at}`, healthy.url);
  }
  await eventually(async () => expect(healthy.requests).toHaveLength(51));
  // All of them hang as before, each with one try.
  expect(
    fresh
      .map(({ requests }) => requests.length)
      .sort()
      .slice(-5),
  ).toEqual([0, 1, 1, 1, 1]);
});

test('SECURITY 27: of new receivers those come first that have waited longest, and one that answers is new no more', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const fresh = await receivers(6);
  const held: ServerResponse[] = [];
  for (const [at, receiver] of fresh.entries()) {
    receiver.answer = (response) => void held.push(response);
    await put(store, clock.now, `first-${at}`, receiver.url);
    clock.advance(1);
  }
  start(store, 30_000);
  await eventually(async () => expect(requestsOf(fresh)).toBe(4));
  expect(fresh.map(({ requests }) => requests.length)).toEqual([1, 1, 1, 1, 0, 0]);
  const [first] = fresh;
  if (first === undefined) {
    throw new Error('no receiver was started');
  }
  first.answer = () => undefined;
  held[0]?.writeHead(204).end();
  await eventually(async () => expect(requestsOf(fresh)).toBe(5));
  expect(fresh.map(({ requests }) => requests.length)).toEqual([1, 1, 1, 1, 1, 0]);
  for (let at = 0; at < 5; at++) {
    await put(store, clock.now, `more-${at}`, first.url);
  }
  await eventually(async () => expect(first.requests).toHaveLength(1 + 4));
});

test('SECURITY 27: receivers that keep failing get one try at a time, and leave room for those that do not', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const [quick, ...dead] = await receivers(21);
  if (quick === undefined) {
    throw new Error('no receiver was started');
  }
  start(store, 30_000);
  await proven(store, clock.now, quick);
  for (const [at, receiver] of dead.entries()) {
    await proven(store, clock.now, receiver);
    receiver.answer = (response) => void response.writeHead(500).end();
    await put(store, clock.now, `first-${at}`, receiver.url);
  }
  await eventually(async () => {
    for (const at of dead.keys()) {
      expect((await recordOf(store, `first-${at}`))?.lastFailure).toBe('status 500');
    }
  });
  for (const [at, receiver] of dead.entries()) {
    receiver.answer = () => undefined;
    await put(store, clock.now, `second-${at}`, receiver.url);
    await put(store, clock.now, `third-${at}`, receiver.url);
  }
  // Six of the twenty hang; of sixteen places ten are left.
  await eventually(async () => expect(requestsOf(dead)).toBe(2 * dead.length + 6));
  await put(store, clock.now, 'quick', quick.url);
  await eventually(async () => expect(quick.requests).toHaveLength(2));
  expect(dead.every(({ requests }) => requests.length <= 3)).toBe(true);
});
