import fc from 'fast-check';
import { expect, test } from 'vitest';
import { userCaller } from '../caller.ts';
import { authenticating, requestWith } from './testdata/authenticating.ts';
import { NOW, signingKey, token } from './testdata/issuer.ts';
import { createTokenMemory } from './token-memory.ts';

const key = await signingKey('k');
const jwks = { keys: [key.jwk] };
const keys = { size: 1, has: (id: string) => id === 'k', find: async () => undefined };

function verified(id: string, expiresAt = 1000) {
  return { caller: userCaller(id), expiresAt, keyId: 'k' };
}

test('SECURITY 5: a verified token is remembered, and its caller given back at once', async () => {
  const { callerOf, authenticate } = authenticating({ jwks });
  const jwt = await token(key);
  const caller = await callerOf(jwt);

  expect(authenticate(requestWith({ authorization: `Bearer ${jwt}` }))).toBe(caller);
});

test('SECURITY 5: the memory of a token ends with its exp', async () => {
  const { callerOf, isRemembered, refusalOf, clock } = authenticating({ jwks });
  const jwt = await token(key, { exp: NOW + 100 });
  await callerOf(jwt);

  clock.now = (NOW + 100) * 1000 - 1;
  expect(isRemembered(jwt)).toBe(true);
  clock.now = (NOW + 100) * 1000;
  expect(isRemembered(jwt)).toBe(false);
  // Within the tolerance it is accepted, each time by its signature.
  await callerOf(jwt);
  expect(isRemembered(jwt)).toBe(false);
  clock.now = (NOW + 131) * 1000;
  expect(await refusalOf(jwt)).toBe('TOKEN_EXPIRED');
});

test('SECURITY 5: no more tokens are remembered than configured', async () => {
  const { callerOf, isRemembered } = authenticating({ jwks, cache: { maxTokens: 10 } });
  const tokens = await Promise.all(
    Array.from({ length: 60 }, (_, number) => token(key, { sub: `u${number}` })),
  );
  for (const jwt of tokens) {
    await callerOf(jwt);
  }

  const remembered = tokens.filter(isRemembered).length;
  expect(remembered).toBeGreaterThanOrEqual(5);
  expect(remembered).toBeLessThanOrEqual(10);
});

test('SECURITY 5: none are remembered where the configuration says so', async () => {
  const { callerOf, isRemembered } = authenticating({ jwks, cache: { maxTokens: 0 } });
  const jwt = await token(key);

  expect(await callerOf(jwt)).toMatchObject({ id: 'ann' });
  expect(isRemembered(jwt)).toBe(false);
});

test('SECURITY 5: tokens that were refused are not remembered', async () => {
  const { refusalOf, isRemembered } = authenticating({ jwks });
  const jwt = await token(key, { aud: 'shop' });

  await refusalOf(jwt);
  expect(isRemembered(jwt)).toBe(false);
});

test('a token with the signature of a remembered one is not the remembered one', async () => {
  const { callerOf, refusalOf } = authenticating({ jwks });
  const jwt = await token(key);
  await callerOf(jwt);
  const [header = '', , signature = ''] = jwt.split('.');
  const [, admin = ''] = (await token(key, { roles: ['admin'] })).split('.');

  expect(await refusalOf(`${header}.${admin}.${signature}`)).toBe('TOKEN_SIGNATURE');
});

test('concurrent first calls with one token share one verification', async () => {
  let mapped = 0;
  const caller = () => {
    mapped++;
    return userCaller('ann');
  };
  const { callerOf, clock } = authenticating({ jwks, caller });
  const jwt = await token(key);

  const callers = await Promise.all(Array.from({ length: 100 }, () => callerOf(jwt)));
  expect(new Set(callers).size).toBe(1);
  expect(mapped).toBe(1);
  clock.now = (NOW + 610) * 1000;
  await Promise.all([callerOf(jwt), callerOf(jwt)]);
  expect(mapped).toBe(2);
});

test('calls share a caller that nobody can change', async () => {
  const caller = await authenticating({ jwks }).callerOf(await token(key, { scope: 'a' }));

  expect(caller?.scopes).toEqual(['a']);
  expect(Object.isFrozen(caller)).toBe(true);
  expect(Object.isFrozen(caller?.scopes)).toBe(true);
});

test('remembers what is used, within its bound, and nothing else', () => {
  const step = fc.record({
    id: fc.integer({ min: 0, max: 9 }),
    expiresIn: fc.integer({ min: 1, max: 200 }),
    gap: fc.nat(10),
    remember: fc.boolean(),
  });
  let recalled = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 30, maxLength: 150 }),
      fc.integer({ min: 2, max: 20 }),
      (steps, max) => {
        const memory = createTokenMemory(max);
        const expiries = new Map<string, number>();
        let now = 0;
        for (const { id, expiresIn, gap, remember } of steps) {
          now += gap;
          const credential = `Bearer header.payload.${'x'.repeat(40)}${id}`;
          if (remember) {
            memory.remember(credential, verified(`u${id}`, now + expiresIn));
            expiries.set(credential, now + expiresIn);
            expect(memory.recall(credential, now, keys)?.id).toBe(`u${id}`);
          } else {
            const caller = memory.recall(credential, now, keys);
            recalled += caller === undefined ? 0 : 1;
            expect([undefined, `u${id}`]).toContain(caller?.id);
            expect(caller === undefined || (expiries.get(credential) ?? 0) > now).toBe(true);
          }
          expect(memory.size()).toBeLessThanOrEqual(max);
        }
      },
    ),
  );
  expect(recalled).toBeGreaterThan(50);
});

test('a token that is used stays, however many others come and go', () => {
  const memory = createTokenMemory(100);
  const name = (id: string) => `Bearer a.b.${id.padStart(43, '-')}`;
  memory.remember(name('used'), verified('used'));
  for (let other = 0; other < 10_000; other++) {
    memory.remember(name(String(other)), verified('other'));
    expect(memory.recall(name('used'), 0, keys)?.id).toBe('used');
  }
});

test('without a key set nobody is remembered', () => {
  const memory = createTokenMemory(10);
  memory.remember('Bearer a.b.c', verified('ann'));

  expect(memory.recall('Bearer a.b.c', 0, { ...keys, has: () => false })).toBeUndefined();
});
