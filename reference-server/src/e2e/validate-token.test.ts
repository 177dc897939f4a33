import { createClient } from '@connectrpc/connect';
import { GatewayService, QueueService } from '@traffic-tacos/contracts/gateway/v1';
import { expect, test } from 'vitest';
import { askRest } from './ask.ts';
import { startIssuer } from './issuer.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf, grpcOf, serve } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

const issuer = beforeAllTests(startIssuer);
/** What is said of a token that is not good, and nothing else. */
const invalid = { $typeName: 'gateway.v1.ValidateTokenResponse', valid: false, scopes: [] };

/** A server that accepts the issuer's tokens, asked by somebody who shows none. */
async function asked(profile: 'dev' | 'strict') {
  const served = await serve({ settings: { ...issuer().settings, profile, rateLimits: 'off' } });
  const gateway = createClient(GatewayService, grpcOf(served.url));
  return {
    ...served,
    look: (token: string, requiredScope = '') => gateway.validateToken({ token, requiredScope }),
  };
}

test.each(['dev', 'strict'] as const)('a good token says whose it is (%s)', async (profile) => {
  const { look } = await asked(profile);
  const exp = Math.floor(Date.now() / 1000) + 600;
  const token = await issuer().token({
    sub: 'auth0|ann',
    roles: ['fan', 'press'],
    exp,
    claims: {
      scope: 'tickets:read tickets:buy',
      name: 'Ann',
      email: 'ann@example.com',
      locale: 'ko-KR',
      jti: 'not told',
      age: 30,
    },
  });
  expect(await look(token)).toMatchObject({
    valid: true,
    user: {
      userId: 'auth0|ann',
      username: 'Ann',
      email: 'ann@example.com',
      roles: ['fan', 'press'],
      attributes: { locale: 'ko-KR' },
    },
    scopes: ['tickets:read', 'tickets:buy'],
    expiresAt: { seconds: BigInt(exp) },
  });
  expect((await look(token, 'tickets:buy')).valid).toBe(true);
  expect(await look(token, 'tickets:refund')).toEqual(invalid);
});

test.each(['dev', 'strict'] as const)(
  'a token that is not good is an answer, and says nothing more (%s)',
  async (profile) => {
    const served = await asked(profile);
    const good = await issuer().token({ sub: 'ann' });
    const { look } = served;
    const [head, claims, signature] = good.split('.') as [string, string, string];
    const admin = Buffer.from(JSON.stringify({ sub: 'ann', roles: ['admin'] })).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    await putOnSale(
      {
        catalog: clientsOf(served.url, undefined, await issuer().token({ sub: 'boss', roles: ['admin'] }))
          .catalog,
      },
      saleOf({}),
    );
    const queue = createClient(QueueService, grpcOf(served.url));
    const { waitingToken } = await queue.joinQueue({ eventId: 'show', idempotencyKey: crypto.randomUUID() });
    expect(waitingToken).not.toBe('');
    const bad = [
      'x',
      'a.b.c',
      'not a token\r\nx: y',
      'é',
      `${head}.${admin}.${signature}`,
      `${none}.${claims}.`,
      `${head}.${claims}.${signature.slice(0, -2)}`,
      await issuer().token({ sub: 'ann', exp: Math.floor(Date.now() / 1000) - 3600 }),
      await issuer().token({ sub: 'ann', aud: 'somebody else' }),
      await issuer().token({ sub: '' }),
      // The queue's tokens are no access tokens.
      waitingToken,
    ];
    for (const token of bad) {
      expect(await look(token), token).toEqual(invalid);
    }
    expect((await look(good)).valid).toBe(true);
  },
);

test('a server without an issuer accepts no token, so it finds none valid', async () => {
  const served = await serve();
  const token = await issuer().token({ sub: 'ann' });
  expect(await served.gateway.validateToken({ token })).toEqual(invalid);
});

test('a token is in no address: there is no GET for it', async () => {
  const served = await serve();
  const message = encodeURIComponent(JSON.stringify({ token: 'a.b.c' }));
  const path = `/gateway.v1.GatewayService/ValidateToken?connect=v1&encoding=json&message=${message}`;
  expect((await askRest(served.url, 'GET', path).catch(() => ({ status: 405 }))).status).toBe(405);
});
