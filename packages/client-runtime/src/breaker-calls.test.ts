import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { ProblemCode } from './testdata/gen/parcel/v1/parcel_pb.js';
import { errorOf, noVan, problem, startParcels } from './testdata/parcels.ts';

/** A server whose parcels fail while it is down, and a clock that can be put forward. */
async function outage(failure: () => Error = noVan) {
  const state = { down: true, calls: 0, skippedMs: 0 };
  const started = await startParcels(
    {
      parcels: {
        track() {
          state.calls++;
          if (state.down) {
            throw failure();
          }
          return { depot: 'north' };
        },
      },
      depots: { getDepot: () => ({ open: true }) },
    },
    { environment: { now: () => performance.now() + state.skippedMs } },
  );
  return { ...started, state };
}

test('after five failed attempts calls end at once, for 30 s, then one may try', async () => {
  const { parcels, depots, state } = await outage();
  expect((await errorOf(parcels.track({}))).attempts).toBe(3);
  // The fifth failure opens the breaker in the middle of this call, which ends with what the server said.
  expect(await errorOf(parcels.track({}))).toMatchObject({ code: 'NO_VAN', attempts: 2, traceId: 'c0ffee' });
  const refused = await errorOf(parcels.track({}));
  expect(refused).toMatchObject({ code: 'NO_VAN', status: Code.Unavailable, attempts: 0, retryable: true });
  expect(refused.retryAfterMs).toBeGreaterThan(25_000);
  expect(refused.rawMessage).toContain('parcel.v1.ParcelService keeps failing');
  expect(state.calls).toBe(5);

  // Another service is another breaker.
  expect((await depots.getDepot({})).open).toBe(true);

  state.skippedMs += 30_000;
  expect((await errorOf(parcels.track({}))).attempts).toBe(1);
  expect(state.calls).toBe(6);
  state.skippedMs += 30_000;
  state.down = false;
  const answers = await Promise.allSettled([parcels.track({}), parcels.track({}), parcels.track({})]);
  expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect((await parcels.track({})).depot).toBe('north');
});

test.each([
  ['refused requests', () => problem(ProblemCode.BAD_ADDRESS, Code.InvalidArgument), false],
  ['limits', () => new ConnectError('', Code.ResourceExhausted), false],
  ['internal errors', () => new ConnectError('', Code.Internal), true],
] as const)('%s', async (_, failure, opens) => {
  const { parcels, state } = await outage(failure);
  for (let i = 0; i < 8; i++) {
    await errorOf(parcels.track({}));
  }
  expect(state.calls).toBe(opens ? 5 : 8);
});

test.each([
  ['give up', () => ({ signal: AbortSignal.timeout(20) })],
  ['allow too little time', () => ({ timeoutMs: 20 })],
])('callers who %s say nothing about the service', async (_, options) => {
  const { parcels } = await startParcels({
    parcels: {
      track({ parcelId }, context) {
        return parcelId === 'quick'
          ? { depot: 'north' }
          : new Promise((_, reject) => context.signal.addEventListener('abort', reject));
      },
    },
  });
  for (let i = 0; i < 6; i++) {
    await errorOf(parcels.track({}, options()));
  }
  expect((await parcels.track({ parcelId: 'quick' })).depot).toBe('north');
});
