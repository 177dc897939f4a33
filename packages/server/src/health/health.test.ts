import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, onTestFinished, test } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../gen/grpc/health/v1/health_pb.js';
import { failureOf } from '../testdata/failure-of.ts';
import { serveServices } from '../testdata/serve-services.ts';
import { createHealthState, createReadiness, healthService } from './index.ts';

const STOCK = 'shop.v1.StockService';

async function open(ready?: () => boolean | Promise<boolean>, intervalMs?: number) {
  const health = createHealthState([STOCK]);
  const errors: unknown[] = [];
  const onError = (reason: unknown) => errors.push(reason);
  const readiness = createReadiness({
    health,
    ready,
    onError,
    timeoutMs: 50,
    ...(intervalMs === undefined ? {} : { intervalMs }),
  });
  const baseUrl = await serveServices([healthService({ health, readiness })]);
  const client = createClient(Health, createGrpcTransport({ baseUrl }));
  return { health, client, errors };
}

/** What a watch has delivered so far. */
function collect(client: Awaited<ReturnType<typeof open>>['client'], service: string) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const seen: string[] = [];
  const ended = (async () => {
    for await (const { status } of client.watch({ service }, { signal: stop.signal })) {
      seen.push(Status[status]);
    }
  })().then(
    () => 'ended',
    () => 'failed',
  );
  return { seen, ended, stop };
}

test('a check tells of the server and of each service', async () => {
  const { health, client } = await open();

  expect(await client.check({})).toMatchObject({ status: Status.SERVING });
  health.set(STOCK, Status.NOT_SERVING);
  expect(await client.check({ service: STOCK })).toMatchObject({ status: Status.NOT_SERVING });
  expect(await client.check({})).toMatchObject({ status: Status.SERVING });
});

test('a check of a service that nobody has set fails with NOT_FOUND', async () => {
  const { client } = await open();
  const failure = await failureOf(client.check({ service: 'x'.repeat(5000) }));

  expect(failure).toMatchObject({ status: 'NotFound', message: expect.stringContaining('xxx') });
  expect(failure.message.length).toBeLessThan(200);
});

test('the list names the server and every service', async () => {
  const { health, client } = await open();
  health.set('shop.v1.CartService', Status.NOT_SERVING);

  const { statuses } = await client.list({});
  expect(Object.fromEntries(Object.entries(statuses).map(([name, { status }]) => [name, status]))).toEqual({
    '': Status.SERVING,
    [STOCK]: Status.SERVING,
    'shop.v1.CartService': Status.NOT_SERVING,
  });
});

test('a list of too many services is refused', async () => {
  const { health, client } = await open();
  for (let number = 0; number < 1000; number++) {
    health.set(`shop.v1.Service${number}`, Status.SERVING);
  }

  expect(await failureOf(client.list({}))).toMatchObject({ status: 'ResourceExhausted' });
});

test('a watch answers at once, then whenever the status changes', async () => {
  const { health, client } = await open();
  const { seen } = collect(client, STOCK);

  await expect.poll(() => seen).toEqual(['SERVING']);
  health.set(STOCK, Status.NOT_SERVING);
  await expect.poll(() => seen).toEqual(['SERVING', 'NOT_SERVING']);
  health.set('shop.v1.CartService', Status.NOT_SERVING);
  health.set(STOCK, Status.SERVING);
  await expect.poll(() => seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING']);
});

test('a watch of a service that nobody has set goes on, and learns when it is', async () => {
  const { health, client } = await open();
  const { seen } = collect(client, 'shop.v1.LateService');

  await expect.poll(() => seen).toEqual(['SERVICE_UNKNOWN']);
  health.set('shop.v1.LateService', Status.SERVING);
  await expect.poll(() => seen).toEqual(['SERVICE_UNKNOWN', 'SERVING']);
});

test('when the server drains nothing serves any more, whatever is said later', async () => {
  const { health, client } = await open();
  const watches = [collect(client, ''), collect(client, STOCK)];
  await expect.poll(() => watches.map(({ seen }) => seen)).toEqual([['SERVING'], ['SERVING']]);
  health.drain();
  for (const { seen } of watches) {
    await expect.poll(() => seen).toEqual(['SERVING', 'NOT_SERVING']);
  }
  health.set(STOCK, Status.SERVING);
  health.setReady(true);

  expect(await client.check({ service: STOCK })).toMatchObject({ status: Status.NOT_SERVING });
});

test('a watch that its client has left is forgotten', async () => {
  const { health, client } = await open();
  const watches = Array.from({ length: 20 }, () => collect(client, STOCK));
  await expect.poll(() => health.watchers).toBe(20);
  for (const { stop } of watches) {
    stop.abort();
  }

  await expect.poll(() => health.watchers).toBe(0);
});

test('changes that nobody has read become one, and one that is taken back is none', async () => {
  const health = createHealthState([STOCK]);
  const watch = health.watch(STOCK, new AbortController().signal)[Symbol.asyncIterator]();
  expect(await watch.next()).toEqual({ value: Status.SERVING, done: false });
  for (let time = 0; time < 10; time++) {
    health.set(STOCK, Status.NOT_SERVING);
    health.set(STOCK, Status.SERVING);
  }
  const next = watch.next();
  health.set(STOCK, Status.NOT_SERVING);
  health.set(STOCK, Status.UNKNOWN);

  expect(await next).toEqual({ value: Status.UNKNOWN, done: false });
  await watch.return?.();
});

test('while the server’s own condition does not hold nothing serves', async () => {
  let ready = true;
  const { health, client } = await open(() => ready);
  health.set('shop.v1.CartService', Status.NOT_SERVING);
  ready = false;

  expect(await client.check({})).toMatchObject({ status: Status.NOT_SERVING });
  expect(await client.check({ service: STOCK })).toMatchObject({ status: Status.NOT_SERVING });
  ready = true;
  expect(await client.check({ service: STOCK })).toMatchObject({ status: Status.SERVING });
  expect(await client.check({ service: 'shop.v1.CartService' })).toMatchObject({
    status: Status.NOT_SERVING,
  });
});

test.each([
  [
    'throws',
    () => {
      throw new Error('the database is gone');
    },
    'the database is gone',
  ],
  ['rejects', () => Promise.reject(new Error('the database is gone')), 'the database is gone'],
  ['never answers', () => new Promise<boolean>(() => undefined), 'ready gave no answer within 50 ms'],
])('a condition that %s does not hold', async (_how, ready, message) => {
  const { client, errors } = await open(ready);

  expect(await client.check({})).toMatchObject({ status: Status.NOT_SERVING });
  expect(errors).toMatchObject([{ message }]);
});

test('a condition is asked once for all who ask at the same time', async () => {
  const answers: ((yes: boolean) => void)[] = [];
  const ready = () => new Promise<boolean>((resolve) => answers.push(resolve));
  const health = createHealthState();
  const readiness = createReadiness({ health, ready, onError: () => undefined });
  const probes = [readiness.probe(), readiness.probe(), readiness.probe()];
  await expect.poll(() => answers.length).toBe(1);
  answers[0]?.(false);
  await Promise.all(probes);
  expect(health.get('')).toBe(Status.NOT_SERVING);

  const later = readiness.probe();
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.(true);
  await later;
  expect(health.get('')).toBe(Status.SERVING);
});

test('while somebody watches, the condition is looked at again and again', async () => {
  let ready = true;
  let asked = 0;
  const { client } = await open(() => {
    asked++;
    return ready;
  }, 5);
  const { seen, stop } = collect(client, STOCK);
  await expect.poll(() => seen).toEqual(['SERVING']);
  ready = false;
  await expect.poll(() => seen).toEqual(['SERVING', 'NOT_SERVING']);
  stop.abort();

  // The clock stands still when the last watcher has left.
  await expect
    .poll(async () => {
      const before = asked;
      await new Promise((resolve) => setTimeout(resolve, 30));
      return asked - before;
    })
    .toBe(0);
});
