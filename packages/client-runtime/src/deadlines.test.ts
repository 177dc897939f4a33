import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { errorOf, noVan, startParcels } from './testdata/parcels.ts';

/** Answers that the deadline passed, after as much of the clock's time as the attempt had. */
function slowServer(clock: { now: number }) {
  const timeouts: (number | undefined)[] = [];
  const track = (_: unknown, context: HandlerContext): never => {
    // What is left on arrival; the way here took some of it.
    const sent = context.requestHeader.get('grpc-timeout');
    const ms = sent === null ? undefined : Number(sent.replace(/m$/, ''));
    timeouts.push(ms);
    clock.now += ms ?? 1_000;
    throw new ConnectError('too slow', Code.DeadlineExceeded);
  };
  return { timeouts, track };
}

test('each attempt is sent with its own deadline, the last one with what is left of the total', async () => {
  const clock = { now: 0 };
  const { timeouts, track } = slowServer(clock);
  const { parcels } = await startParcels(
    { parcels: { track } },
    { networkAllowanceMs: 0, environment: { now: () => clock.now, random: () => 0 } },
  );
  expect(await errorOf(parcels.track({}, { timeoutMs: 1_000 }))).toMatchObject({ code: 'SLOW', attempts: 3 });
  expect(timeouts).toEqual([400, 400, 200]);
});

test('the total ends the attempts, however many there might be', async () => {
  const clock = { now: 0 };
  const { timeouts, track } = slowServer(clock);
  const { parcels } = await startParcels(
    { parcels: { track } },
    {
      networkAllowanceMs: 0,
      policies: () => ({ retry: { maxAttempts: 100 }, circuitBreaker: { failures: 0 } }),
      environment: { now: () => clock.now, random: () => 0 },
    },
  );
  expect((await errorOf(parcels.track({}))).attempts).toBe(8);
  expect(timeouts).toEqual([400, 400, 400, 400, 400, 400, 400, 200]);
});

test('who asks for how much: the call, the client, the policy; with an allowance for the network', async () => {
  const clock = { now: 0 };
  const { timeouts, track } = slowServer(clock);
  const options = {
    environment: { now: () => clock.now, random: () => 0 },
    policies: () => ({ retry: { maxAttempts: 1 } }),
  };
  const byPolicy = await startParcels({ parcels: { track } }, options);
  await errorOf(byPolicy.parcels.track({}));
  await errorOf(byPolicy.parcels.track({}, { timeoutMs: 50 }));
  await errorOf(byPolicy.parcels.track({}, { timeoutMs: 0 }));
  const byClient = await startParcels({ parcels: { track } }, { ...options, timeoutMs: 70 });
  await errorOf(byClient.parcels.track({}));
  await errorOf(byClient.parcels.track({}, { timeoutMs: 90 }));
  expect(timeouts).toEqual([800, 50, 800, 70, 90]);
});

test('without a deadline anywhere none is sent', async () => {
  const clock = { now: 0 };
  const { timeouts, track } = slowServer(clock);
  const { parcels } = await startParcels(
    { parcels: { track } },
    { policies: () => ({ deadlineMs: 0, totalDeadlineMs: 0, retry: { maxAttempts: 1 } }) },
  );
  await errorOf(parcels.track({}));
  expect(timeouts).toEqual([undefined]);
});

test('a server that never answers is left after the attempt’s deadline, and asked again', async () => {
  let calls = 0;
  const { parcels } = await startParcels(
    {
      parcels: {
        async track(_, context) {
          if (++calls === 1) {
            await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
          }
          return { depot: 'north' };
        },
      },
    },
    { policies: () => ({ deadlineMs: 30 }), networkAllowanceMs: 20 },
  );
  expect((await parcels.track({}, { timeoutMs: 10_000 })).depot).toBe('north');
  expect(calls).toBe(2);
});

test('the error of a deadline that only the client saw pass says so', async () => {
  const { parcels } = await startParcels({
    parcels: {
      printLabel: (_, context) =>
        new Promise((_, reject) => context.signal.addEventListener('abort', reject)),
    },
  });
  const error = await errorOf(parcels.printLabel({}, { timeoutMs: 40 }));
  expect(error).toMatchObject({ code: 'SLOW', status: Code.DeadlineExceeded, traceId: '', attempts: 1 });
  expect(error.message).toBe('parcel.v1.ParcelService/PrintLabel: SLOW: no answer within 40 ms');
});

test('the caller’s abort ends an attempt, is not retried and reaches the server', async () => {
  const arrived = Promise.withResolvers<AbortSignal>();
  let calls = 0;
  const { parcels } = await startParcels({
    parcels: {
      track(_, context) {
        calls++;
        arrived.resolve(context.signal);
        return new Promise((_, reject) => context.signal.addEventListener('abort', reject));
      },
    },
  });
  const stop = new AbortController();
  const call = errorOf(parcels.track({}, { signal: stop.signal }));
  const serverSide = await arrived.promise;
  stop.abort(new Error('enough'));
  expect(await call).toMatchObject({
    code: 'CANCELLED',
    retryable: false,
    attempts: 1,
    rawMessage: 'the caller cancelled',
  });
  if (!serverSide.aborted) {
    await new Promise((resolve) => serverSide.addEventListener('abort', resolve));
  }
  expect(calls).toBe(1);
});

test('the caller’s abort ends a pause', async () => {
  const stop = new AbortController();
  let calls = 0;
  const { parcels } = await startParcels(
    {
      parcels: {
        track() {
          calls++;
          setTimeout(() => stop.abort(), 20);
          throw noVan();
        },
      },
    },
    {
      policies: () => ({ retry: { initialBackoffMs: 60_000, maxBackoffMs: 60_000 } }),
      environment: { random: () => 0.99 },
    },
  );
  const error = await errorOf(parcels.track({}, { signal: stop.signal, timeoutMs: 100_000 }));
  expect(error).toMatchObject({ code: 'CANCELLED', attempts: 1 });
  expect(calls).toBe(1);
});

test('a signal that is aborted already makes no call', async () => {
  let calls = 0;
  const { parcels } = await startParcels({ parcels: { track: () => ({ depot: String(++calls) }) } });
  const error = await errorOf(parcels.track({}, { signal: AbortSignal.abort() }));
  expect(error).toMatchObject({ code: 'CANCELLED', attempts: 0 });
  expect(calls).toBe(0);
});
