import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../e2e/booking.ts';
import { adjustableClock } from '../../../e2e/clock.ts';
import { dataDirectory } from '../../../e2e/data-directory.ts';
import { startReceiver } from '../../../e2e/receiver.ts';
import { openStore } from '../../../open-store.ts';
import type { Store } from '../../../store/index.ts';
import { deliveryTable, destinationTable } from '../tables.ts';
import { deadLetters } from './dead-letters.ts';
import { type DeliveryLoop, deliveryLoop } from './delivery-loop.ts';
import { enqueue } from './enqueue.ts';
import { poster } from './post.ts';
import { hostResolver } from './resolve-host.ts';
import { sender } from './send.ts';

const content = JSON.stringify({ eventType: 'PAYMENT_WEBHOOK_TYPE_PENDING', data: {} });

/** Deliveries of a store in a folder, and a loop over them that may be started more than once. */
async function deliveries(options: { readonly data?: string } = {}) {
  const clock = adjustableClock();
  const settings = { memory: options.data === undefined, data: options.data ?? '' };
  const open = async () => {
    const store = await openStore(settings, clock.now);
    onTestFinished(() => store.close());
    return store;
  };
  const start = (store: Store, timeoutMs = 10_000): DeliveryLoop => {
    const requests = poster({ rules: { allowedHosts: ['127.0.0.1'] }, resolve: hostResolver() });
    const loop = deliveryLoop({
      store,
      clock: clock.now,
      random: () => 0,
      send: sender({
        store,
        clock: clock.now,
        poster: requests,
        paymentSecrets: ['a secret for tests'],
        timeoutMs,
      }),
      schedule: { firstPauseMs: 5_000 },
      limits: { total: 16, perDestination: 4, failing: 8 },
      logger: pino({ level: 'silent' }),
      onAttempt: () => undefined,
    });
    loop.start();
    onTestFinished(async () => {
      await loop.stop();
      requests.close();
    });
    return loop;
  };
  return { clock, open, start };
}

const put = (store: Store, clock: () => number, id: string, url: string, maxAttempts = 4) =>
  store.transact(enqueue({ id, url, name: 'test', content, maxAttempts }, clock()));

const recordOf = async (store: Store, id: string) => (await store.get(deliveryTable, id))?.value;

test('a delivery that fails is tried again at its time, under the same id, signed anew, and then given up', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const receiver = await startReceiver();
  receiver.answer = (response) => void response.writeHead(500).end('no');
  start(store);
  await put(store, clock.now, 'msg_1', receiver.url);

  for (const [tries, pause] of [
    [1, 5_000],
    [2, 15_000],
    [3, 45_000],
  ] as const) {
    await eventually(async () =>
      expect(await recordOf(store, 'msg_1')).toMatchObject({
        state: 'WAITING',
        attempts: tries,
        lastFailure: 'status 500',
        dueAt: clock.now() + pause,
      }),
    );
    expect(receiver.requests).toHaveLength(tries);
    clock.advance(pause);
  }
  const dead = deadLetters(store, clock.now);
  await eventually(async () =>
    expect((await dead.list()).items).toMatchObject([{ id: 'msg_1', attempts: 4 }]),
  );
  const { requests } = receiver;
  expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(['msg_1']));
  expect(new Set(requests.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(4);
  expect(requests.map(({ body }) => JSON.parse(body).attempt)).toEqual([1, 2, 3, 4]);

  // Nothing is left for the receiver, until somebody replays it.
  await eventually(async () => expect(await store.get(destinationTable, receiver.url)).toBeUndefined());
  expect(await dead.replay('msg_other')).toBe(false);
  receiver.answer = (response) => void response.writeHead(200).end();
  expect(await dead.replayAll({ destination: 'http://127.0.0.1:1' })).toBe(0);
  expect(await dead.replayAll()).toBe(1);
  expect(await dead.replay('msg_1')).toBe(false);
  await eventually(async () => expect(await recordOf(store, 'msg_1')).toMatchObject({ state: 'DELIVERED' }));
  expect((await dead.list()).items).toEqual([]);
  expect(requests).toHaveLength(5);
});

test('a receiver that is gone for good is not asked again, and one that asks for time gets it', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const [gone, busy, redirecting] = [await startReceiver(), await startReceiver(), await startReceiver()];
  gone.answer = (response) => void response.writeHead(410).end();
  busy.answer = (response) => void response.writeHead(429, { 'retry-after': '120' }).end();
  redirecting.answer = (response) => void response.writeHead(301, { location: gone.url }).end();
  start(store);
  await put(store, clock.now, 'gone', gone.url);
  await put(store, clock.now, 'busy', busy.url);
  await put(store, clock.now, 'redirected', redirecting.url);

  await eventually(async () => {
    expect(await recordOf(store, 'gone')).toMatchObject({
      state: 'DEAD',
      attempts: 1,
      lastFailure: 'status 410',
    });
    expect(await recordOf(store, 'busy')).toMatchObject({ state: 'WAITING', dueAt: clock.now() + 120_000 });
    expect(await recordOf(store, 'redirected')).toMatchObject({
      state: 'WAITING',
      lastFailure: 'status 301: redirects are not followed',
    });
  });
  expect(gone.requests).toHaveLength(1);
});

test('SECURITY 27: receivers that do not answer do not hold up the others', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const [slow, quick] = [await startReceiver(), await startReceiver()];
  let open_ = 0;
  let most = 0;
  slow.answer = (response) => {
    most = Math.max(most, ++open_);
    response.on('close', () => open_--);
  };
  start(store, 30_000);
  // Many more than may run at once, all of them due before the others.
  for (let at = 0; at < 100; at++) {
    await put(store, clock.now, `slow-${at}`, slow.url);
  }
  await eventually(async () => expect(slow.requests).toHaveLength(4));
  for (let at = 0; at < 100; at++) {
    await put(store, clock.now, `quick-${at}`, quick.url);
  }
  await eventually(async () => expect(quick.requests).toHaveLength(100));
  expect(slow.requests).toHaveLength(4);
  expect(most).toBe(4);
});

test('SECURITY 27: receivers that keep failing get one try at a time, and leave room for those that do not', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const dead = await Promise.all(Array.from({ length: 20 }, () => startReceiver()));
  start(store, 30_000);
  for (const [at, receiver] of dead.entries()) {
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
  // Eight of the twenty hang; of sixteen places eight are left.
  await eventually(async () =>
    expect(dead.reduce((sum, { requests }) => sum + requests.length, 0)).toBe(dead.length + 8),
  );
  const quick = await startReceiver();
  await put(store, clock.now, 'quick', quick.url);
  await eventually(async () => expect(quick.requests).toHaveLength(1));
  expect(dead.every(({ requests }) => requests.length <= 2)).toBe(true);
});

test('a restart in the middle of retries loses nothing, and a try that it cut off is made again', async () => {
  const { clock, open, start } = await deliveries({ data: await dataDirectory() });
  const receiver = await startReceiver();
  const first = await open();
  receiver.answer = (response) => void response.writeHead(503).end();
  const before = start(first);
  await put(first, clock.now, 'failing', receiver.url);
  await eventually(async () => expect((await recordOf(first, 'failing'))?.lastFailure).toBe('status 503'));
  // This one is under way when the process stops.
  const hanging = await startReceiver();
  hanging.answer = () => undefined;
  await put(first, clock.now, 'hanging', hanging.url);
  await eventually(async () => expect(hanging.requests).toHaveLength(1));
  await before.stop();
  expect(await recordOf(first, 'hanging')).toMatchObject({
    state: 'WAITING',
    attempts: 0,
    dueAt: clock.now(),
  });
  await first.close();

  receiver.answer = (response) => void response.writeHead(200).end();
  hanging.answer = (response) => void response.writeHead(200).end();
  const second = await open();
  start(second);
  await eventually(async () =>
    expect(await recordOf(second, 'hanging')).toMatchObject({ state: 'DELIVERED' }),
  );
  expect(await recordOf(second, 'failing')).toMatchObject({ state: 'WAITING', attempts: 1 });
  clock.advance(5_000);
  await eventually(async () =>
    expect(await recordOf(second, 'failing')).toMatchObject({ state: 'DELIVERED', attempts: 2 }),
  );
});

test('a try of a process that died is made by another one, once it is taken for lost', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const receiver = await startReceiver();
  receiver.answer = () => undefined;
  // The store is lost to the first process the moment its try has begun.
  let lost = false;
  const dying: Store = {
    ...store,
    transact: (writes) =>
      lost ? Promise.reject(new Error('the process was killed')) : store.transact(writes),
  };
  const first = start(dying);
  await put(store, clock.now, 'msg_1', receiver.url);
  await eventually(async () => expect(receiver.requests).toHaveLength(1));
  lost = true;
  await first.stop();

  receiver.answer = (response) => void response.writeHead(200).end();
  start(store);
  clock.advance(59_000);
  expect(await recordOf(store, 'msg_1')).toMatchObject({ state: 'WAITING', attempts: 1 });
  clock.advance(1_000);
  await eventually(async () =>
    expect(await recordOf(store, 'msg_1')).toMatchObject({ state: 'DELIVERED', attempts: 2 }),
  );
});

test('several processes on one store make every delivery once', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const receivers = [await startReceiver(), await startReceiver()];
  for (let process = 0; process < 3; process++) {
    start(store);
  }
  for (let at = 0; at < 60; at++) {
    await put(store, clock.now, `msg_${at}`, receivers[at % 2]?.url ?? '');
  }
  await eventually(async () => {
    for (let at = 0; at < 60; at++) {
      expect((await recordOf(store, `msg_${at}`))?.state).toBe('DELIVERED');
    }
  });
  expect(receivers.map(({ requests }) => requests.length)).toEqual([30, 30]);
});
