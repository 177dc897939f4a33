import { clone, create, equals } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { systemEnvironment } from './environment.ts';
import { ProblemCode, ShipRequestSchema } from './testdata/gen/parcel/v1/parcel_pb.js';
import { errorOf, noVan, problem, startParcels } from './testdata/parcels.ts';

const noBreaker = () => ({ circuitBreaker: { failures: 0 } });

test('one key for all attempts of a call, a new one for the next call', async () => {
  const keys: string[] = [];
  const { parcels } = await startParcels({
    parcels: {
      ship(request) {
        keys.push(request.requestKey);
        if (keys.length % 3 !== 0) {
          throw noVan();
        }
        return { parcelId: `p${keys.length}` };
      },
    },
  });
  const request = create(ShipRequestSchema, { address: 'Harbour 1' });
  const before = clone(ShipRequestSchema, request);
  expect((await parcels.ship(request)).parcelId).toBe('p3');
  expect((await parcels.ship(request)).parcelId).toBe('p6');
  expect(equals(ShipRequestSchema, request, before)).toBe(true);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys).toEqual([keys[0], keys[0], keys[0], keys[3], keys[3], keys[3]]);
  expect(keys[0]).not.toBe(keys[3]);
});

test('the caller’s own key is sent on every attempt', async () => {
  const keys: string[] = [];
  const { parcels } = await startParcels({
    parcels: {
      ship(request) {
        keys.push(request.requestKey);
        throw noVan();
      },
    },
  });
  const error = await errorOf(parcels.ship({ requestKey: 'mine' }));
  expect(error).toMatchObject({ code: 'NO_VAN', attempts: 3, retryable: true });
  expect(keys).toEqual(['mine', 'mine', 'mine']);
});

test.each([
  ['a failure that the table calls retryable', () => noVan(), 3],
  ['one that it does not, in spite of its status', () => problem(ProblemCode.BANKRUPT, Code.Unavailable), 1],
  ['an ABORTED that the table calls retryable', () => problem(ProblemCode.COLLISION, Code.Aborted), 3],
  ['an ABORTED that it does not', () => problem(ProblemCode.WITHDRAWN, Code.Aborted), 1],
  ['an ABORTED without the contract’s error', () => new ConnectError('', Code.Aborted), 1],
  ['an UNAVAILABLE without the contract’s error', () => new ConnectError('', Code.Unavailable), 3],
  ['an INTERNAL', () => new ConnectError('', Code.Internal), 1],
  ['a bad request', () => problem(ProblemCode.BAD_ADDRESS, Code.InvalidArgument), 1],
  ['the server’s own cancellation', () => new ConnectError('', Code.Canceled), 1],
  ['a limit without a time to wait', () => new ConnectError('', Code.ResourceExhausted), 1],
  ['a limit with one', () => new ConnectError('', Code.ResourceExhausted, { 'retry-after': '0' }), 3],
] as const)('%s', async (_, failure, attempts) => {
  let calls = 0;
  const { parcels } = await startParcels({
    parcels: {
      track() {
        calls++;
        throw failure();
      },
    },
  });
  const error = await errorOf(parcels.track({ parcelId: 'p' }));
  expect(error.attempts).toBe(attempts);
  expect(calls).toBe(attempts);
});

test('a method whose repetition has an effect is never repeated', async () => {
  let labels = 0;
  const { parcels, server } = await startParcels({
    parcels: {
      printLabel() {
        labels++;
        if (labels > 1) {
          server.cutConnections();
        }
        throw noVan();
      },
    },
  });
  expect(await errorOf(parcels.printLabel({}))).toMatchObject({ code: 'NO_VAN', attempts: 1 });
  expect(await errorOf(parcels.printLabel({}))).toMatchObject({ code: 'NO_VAN', attempts: 1 });
  expect(labels).toBe(2);
});

test('a method by key is not repeated when there is no place for the key', async () => {
  let calls = 0;
  const { parcels } = await startParcels({
    parcels: {
      shipSealed() {
        calls++;
        throw noVan();
      },
    },
  });
  await errorOf(parcels.shipSealed({}));
  expect(calls).toBe(1);
  await errorOf(parcels.shipSealed({ envelope: {} }));
  expect(calls).toBe(4);
});

test('a refusal in an answer is repeated where it may pass, but not under the key that it is kept under', async () => {
  let calls = 0;
  const moving = { error: { code: ProblemCode.MOVING } };
  const { parcels } = await startParcels({
    parcels: {
      track: () => (++calls < 3 ? moving : { depot: 'north' }),
      ship: () => {
        calls++;
        return moving;
      },
    },
  });
  expect((await parcels.track({})).depot).toBe('north');
  calls = 0;
  expect(await errorOf(parcels.ship({}))).toMatchObject({ code: 'MOVING', retryable: true, attempts: 1 });
  expect(calls).toBe(1);
});

test('waits as long as the server asks, and not at all when the call would not live to see it', async () => {
  const pauses: number[] = [];
  const environment = {
    random: () => 0.5,
    sleep: (ms: number) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  };
  let retryAfter = '1';
  let calls = 0;
  const { parcels } = await startParcels(
    {
      parcels: {
        track() {
          calls++;
          throw problem(ProblemCode.TOO_MANY, Code.ResourceExhausted, { 'retry-after': retryAfter });
        },
      },
    },
    { environment },
  );
  await errorOf(parcels.track({}));
  // 1 s, plus half of 10 ms and of 20 ms: not everybody comes back at the same moment.
  expect(pauses).toEqual([1_005, 1_010]);
  expect(calls).toBe(3);
  retryAfter = '3';
  expect(await errorOf(parcels.track({}))).toMatchObject({ attempts: 1, retryAfterMs: 3_000 });
  expect(pauses).toHaveLength(2);
});

test('pauses are drawn anew and grow within the policy’s bounds', async () => {
  const pauses: number[] = [];
  const { parcels } = await startParcels(
    {
      parcels: {
        track() {
          throw noVan();
        },
      },
    },
    {
      policies: () => ({ ...noBreaker(), retry: { maxAttempts: 5 } }),
      environment: {
        random: () => 0.9,
        sleep: (ms, signal) => {
          pauses.push(ms);
          return systemEnvironment.sleep(0, signal);
        },
      },
    },
  );
  expect((await errorOf(parcels.track({}))).attempts).toBe(5);
  expect(pauses).toEqual([9, 18, 36, 36]);
});

test('in an outage the budget ends retries; successes bring them back', async () => {
  let down = true;
  let calls = 0;
  const { parcels } = await startParcels(
    {
      parcels: {
        track() {
          calls++;
          if (down) {
            throw noVan();
          }
          return {};
        },
      },
    },
    { policies: noBreaker },
  );
  const outage = async (times: number) => {
    calls = 0;
    down = true;
    await Promise.all(Array.from({ length: times }, () => errorOf(parcels.track({}))));
    return calls;
  };
  // 100 calls with up to two retries each, but ten retries are all there is.
  expect(await outage(100)).toBe(110);
  expect(await outage(20)).toBe(20);
  down = false;
  await Promise.all(Array.from({ length: 30 }, () => parcels.track({})));
  expect(await outage(20)).toBe(26);
});
