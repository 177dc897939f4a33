import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { QueueStatus } from '@traffic-tacos/contracts/gateway/v1';
import { expect, onTestFinished, test } from 'vitest';
import type { SettingsInput } from '../config/index.ts';
import { startIssuer } from './issuer.ts';
import { failureOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf, serve } from './serve.ts';

const HOUR_MS = 3_600_000;

/** A strict server behind a proxy on this machine, with event `show` on sale and the draw of event `early` open. */
async function strictSale(settings: SettingsInput) {
  const issuer = await startIssuer(onTestFinished);
  const served = await serve({
    settings: { ...issuer.settings, profile: 'strict', rateLimits: 'off', ...settings },
  });
  const as = async (sub: string, ...roles: string[]) =>
    clientsOf(served.url, onTestFinished, await issuer.token({ sub, roles }));
  const admin = await as('operator', 'admin');
  const now = Date.now();
  await putOnSale(admin, saleOf({ now }));
  const preQueue = { opensAt: timestampFromMs(now - HOUR_MS) };
  const saleStartTime = timestampFromMs(now + HOUR_MS);
  await putOnSale(admin, saleOf({ now, event: { id: 'early', saleStartTime, preQueue } }));
  return { ...served, as };
}

test('SECURITY 19: one address has so many lots of a draw, whatever keys it makes up; who signs in has their own', async () => {
  const { queue, as } = await strictSale({ maxEarlyPlaces: 2, trustedProxies: ['127.0.0.1'] });
  const join = (address: string, eventId = 'early') =>
    queue.joinQueue(
      { eventId, idempotencyKey: crypto.randomUUID() },
      { headers: { 'x-forwarded-for': address } },
    );
  await join('198.51.100.7');
  await join('198.51.100.7');

  expect(await failureOf(join('198.51.100.7'))).toMatchObject({
    status: 'ResourceExhausted',
    code: 'RATE_LIMITED',
    details: ['event_id TOO_MANY_PLACES'],
  });
  expect(await join('198.51.100.8')).toMatchObject({ status: QueueStatus.WAITING, position: 0 });
  const signedIn = (await as('ann')).queue.joinQueue(
    { eventId: 'early', idempotencyKey: crypto.randomUUID() },
    { headers: { 'x-forwarded-for': '198.51.100.7' } },
  );
  expect(await signedIn).toMatchObject({ status: QueueStatus.WAITING });
  for (let place = 0; place < 4; place++) {
    expect((await join('198.51.100.7', 'show')).error, 'in line a place more wins nothing').toBeUndefined();
  }
});

test('where it is set, nobody joins who has not signed in; asking takes no more than the place’s token', async () => {
  const { queue, as } = await strictSale({ queueAuth: 'user' });
  const request = () => ({ eventId: 'show', idempotencyKey: crypto.randomUUID() });

  expect(await failureOf(queue.joinQueue(request()))).toMatchObject({ status: 'Unauthenticated' });
  const { waitingToken } = await (await as('ann')).queue.joinQueue(request());
  expect((await queue.getQueueStatus({ waitingToken })).error).toBeUndefined();
});
