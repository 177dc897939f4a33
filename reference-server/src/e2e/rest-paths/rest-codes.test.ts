import { ErrorCodeSchema } from '@traffic-tacos/contracts/common/v1';
import { Auth, errorTable, policyOf } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { openStore } from '../../open-store.ts';
import type { RestAnswer } from '../ask.ts';
import { makeStillWorld, makeWorld } from '../every-rpc/world.ts';
import { faultyStore } from '../faulty-store.ts';
import { putOnSale, saleOf } from '../sale.ts';
import { type CleanUp, serveOn } from '../serve.ts';
import { beforeAllTests } from '../shared-sale.ts';
import { codes, type Places } from './codes.ts';
import { checkError } from './form.ts';
import { contractedRoutes } from './paths.ts';

async function serveFaulty(minDeadlineMs: number, cleanUp: CleanUp): Promise<Places['faulty']> {
  const inner = await openStore({ memory: true, data: '' }, Date.now);
  cleanUp(() => inner.close());
  const faulty = faultyStore(inner);
  const { store } = faulty;
  const served = await serveOn({
    store,
    clock: Date.now,
    worker: false,
    settings: { minDeadlineMs },
    cleanUp,
  });
  await putOnSale(served, saleOf({}));
  return Object.assign(faulty, served);
}

const places = beforeAllTests(async (cleanUp): Promise<Places> => {
  const { clock, ...still } = await makeStillWorld(cleanUp);
  return {
    world: await makeWorld(cleanUp),
    lapsing: { ...still, lapse: () => clock.advance(61_000) },
    faulty: await serveFaulty(30_000, cleanUp),
    hasty: await serveFaulty(0, cleanUp),
  };
});

/** Every code over REST with its HTTP status, from the one table. */
const known = errorTable(ErrorCodeSchema).rows.flatMap(({ restCode, restReasons, httpStatus, retryable }) =>
  [restCode, ...restReasons].map((code) => ({ code, httpStatus, retryable })),
);

test('every code of the table is reached by REST, or it is said why none ever is', () => {
  expect(Object.keys(codes).sort()).toEqual(known.map(({ code }) => code).sort());
  const policies = contractedRoutes.map(({ method }) => policyOf(method));
  expect(
    policies.every(({ auth, scopes }) => (auth === Auth.PUBLIC || auth === Auth.USER) && scopes.length === 0),
  ).toBe(true);
});

test.for(known.filter(({ code }) => typeof codes[code] === 'function'))(
  '$code is $httpStatus',
  async ({ code, httpStatus }) => {
    const reach = codes[code] as (places: Places) => Promise<RestAnswer>;
    const answer = await reach(places());
    const { path } = (answer.body as { readonly error?: { readonly path: string } }).error ?? { path: '' };
    expect(path).toMatch(/^\/api\/v1\//);
    checkError(answer, { code, status: httpStatus, path });
    if (code === 'RATE_LIMITED') {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    if (code === 'UNAUTHENTICATED') {
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  },
);
