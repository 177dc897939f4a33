import { Auth, Idempotency, policyOf } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { makeWorld } from '../every-rpc/world.ts';
import { beforeAllTests } from '../shared-sale.ts';
import { key } from './buyer.ts';
import { causesOf, checkError, checkSuccess } from './form.ts';
import { contractedRoutes } from './paths.ts';
import { type RestCall, routes } from './routes.ts';

const world = beforeAllTests(makeWorld);

type Verb = 'GET' | 'POST' | 'DELETE';

test('every route of the contracts has a case in e2e/rest-paths/routes.ts, and every case a route', () => {
  expect(Object.keys(routes).sort()).toEqual(contractedRoutes.map(({ name }) => name).sort());
});

test.for(contractedRoutes)('$name', async ({ name, method }) => {
  const routeCase = routes[name];
  if (routeCase === undefined) {
    throw new Error(`${name} has no case: write one in e2e/rest-paths/routes.ts`);
  }
  const verb = name.split(' ')[0] as Verb;
  const policy = policyOf(method);
  const isKeyed = policy.idempotency === Idempotency.KEY;
  const ask = ({ by, path, body }: RestCall, how: { readonly key?: string; readonly token?: string }) =>
    by.ask(verb, path, { ...(body && { body }), ...how });

  const good = await routeCase.good(world());
  const { by, path } = good;
  if (isKeyed) {
    checkError(await ask(good, {}), { code: 'IDEMPOTENCY_REQUIRED', status: 400, path });
  }
  if (policy.auth !== Auth.PUBLIC) {
    const stranger = await ask(good, { key: key(), token: 'a.b.c' });
    checkError(stranger, { code: 'UNAUTHENTICATED', status: 401, path });
    expect(stranger.headers.get('www-authenticate')).toBe('Bearer');
  }
  const once = isKeyed ? { key: key() } : {};
  const answer = await ask(good, once);
  expect(answer.body).toMatchObject(good.answer);
  checkSuccess(method, answer);
  expect(answer.status).toBe(policy.httpSuccessStatus);
  expect(answer.headers.has('idempotent-replayed')).toBe(false);
  if (isKeyed) {
    const again = await ask(good, once);
    expect(again).toMatchObject({ status: answer.status, body: answer.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  }

  const { code, status, details, ...bad } = await routeCase.bad(world());
  const refused = await ask(bad, isKeyed ? { key: key() } : {});
  checkError(refused, { code, status, path: bad.path });
  expect(causesOf(refused)).toEqual(details);
  expect(by.id).not.toBe('');
});

test('what creates something answers 201', () => {
  const created = contractedRoutes.filter(({ method }) => policyOf(method).httpSuccessStatus === 201);
  expect(created.map(({ name }) => name).sort()).toEqual([
    'POST /api/v1/payments/intent',
    'POST /api/v1/queue/join',
    'POST /api/v1/reservations',
    'POST /v1/reservations',
  ]);
});
