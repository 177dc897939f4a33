import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../e2e/booking.ts';
import { dataDirectory } from '../../../e2e/data-directory.ts';
import { startReceiver } from '../../../e2e/receiver.ts';
import { openStore } from '../../../open-store.ts';
import { put as putWrite, type Store } from '../../../store/index.ts';
import { deliveryTable, destinationTable } from '../tables.ts';
import { deadLetters } from './dead-letters.ts';
import { deliveries, put, recordOf } from './testdata/deliveries.ts';

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
  expect(await dead.count()).toBe(1);
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
  expect(await dead.count()).toBe(0);
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

test('receivers that wait for their next try are not looked at before it', async () => {
  const { clock, open, startWith } = await deliveries();
  const store = await open();
  const HOUR_MS = 3_600_000;
  const COUNT = 500;
  let looks = 0;
  const watched: Store = {
    ...store,
    query: (table, index, query) => {
      looks += Number(table.name === deliveryTable.name);
      return store.query(table, index, query);
    },
  };
  let sent = 0;
  startWith(watched, async () => {
    sent++;
    return { kind: 'failed', reason: 'busy', retryAfterMs: HOUR_MS };
  });
  for (let at = 0; at < COUNT; at++) {
    await put(store, clock.now, `waiting-${at}`, `https://receiver-${at}.example.com/`);
  }
  const waitUntil = async (dueAt: number): Promise<void> => {
    await eventually(async () => {
      const { items } = await store.query(destinationTable, 'due', { partition: 'unknown', limit: 1_000 });
      const waiting = items.filter(({ key }) => key.startsWith('https://receiver-'));
      expect(waiting.filter(({ value }) => value.dueAt === dueAt)).toHaveLength(COUNT);
    });
  };
  await waitUntil(clock.now() + HOUR_MS);
  expect(sent).toBe(COUNT);
  const before = looks;
  // Each of these is served in a turn of its own, between all that wait.
  for (let at = 0; at < 10; at++) {
    clock.advance(60_000);
    await put(store, clock.now, `other-${at}`, 'https://other.example.com/');
    await eventually(async () => expect(sent).toBe(COUNT + at + 1));
  }
  expect(looks - before).toBeLessThan(100);
  clock.advance(HOUR_MS);
  await eventually(async () => expect(sent).toBe(2 * COUNT + 20));
  await waitUntil(clock.now() + HOUR_MS);
});

test('what another process has put on its way is found without being told', async () => {
  const { clock, start } = await deliveries();
  const untold = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => untold.close());
  const [first, second] = [await startReceiver(), await startReceiver()];
  start(untold);
  await put(untold, clock.now, 'first', first.url);
  clock.advance(1_000);
  await eventually(async () => expect(first.requests).toHaveLength(1));
  await put(untold, clock.now, 'second', second.url);
  clock.advance(1_000);
  await eventually(async () => expect(second.requests).toHaveLength(1));
});

test('receivers as they were written before their next try was kept with them are served', async () => {
  const { clock, open, start } = await deliveries();
  const store = await open();
  const receiver = await startReceiver();
  await put(store, clock.now, 'early', receiver.url);
  await store.transact([
    putWrite(destinationTable, receiver.url, { destination: receiver.url }),
    putWrite(destinationTable, 'https://nothing.example.com', { destination: 'https://nothing.example.com' }),
  ]);
  start(store);
  await eventually(async () => {
    expect(receiver.requests).toHaveLength(1);
    const { items } = await store.query(destinationTable, 'due', { partition: 'announced', limit: 10 });
    expect(items).toEqual([]);
  });
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
