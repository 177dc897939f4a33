import { expect, test } from 'vitest';
import { authenticating } from './testdata/authenticating.ts';
import { jwksServer, type SigningKey, signingKey, token } from './testdata/issuer.ts';

const [first, second, third] = await Promise.all([signingKey('1'), signingKey('2'), signingKey('3')]);
const [minute, ten] = [60_000, 600_000];
/** A token that outlives every test here. */
const lasting = (key: SigningKey, sub = 'ann') => token(key, { sub, exp: 1_900_000_000 });

test('SECURITY 3: an unknown kid refetches the key set at most once per cool-down', async () => {
  const { state, url } = await jwksServer(first);
  const { callerOf, refusalOf, clock } = authenticating({ jwks: url });
  await callerOf(await lasting(first));
  expect(state.fetches).toBe(1);

  for (let attempt = 0; attempt < 20; attempt++) {
    expect(await refusalOf(await lasting(second, `u${attempt}`))).toBe('TOKEN_KEY_UNKNOWN');
  }
  expect(state.fetches).toBe(1);
  clock.now += 30_000;
  const refused = Array.from({ length: 20 }, async (_, number) =>
    refusalOf(await lasting(second, `v${number}`)),
  );
  expect(new Set(await Promise.all(refused))).toEqual(new Set(['TOKEN_KEY_UNKNOWN']));
  expect(state.fetches).toBe(2);
});

test('SECURITY 3: a new key works without a restart', async () => {
  const { state, url } = await jwksServer(first);
  const { callerOf, clock } = authenticating({ jwks: url });
  await callerOf(await lasting(first));

  state.keys.push(second.jwk);
  clock.now += 30_000;
  expect(await callerOf(await lasting(second, 'bob'))).toMatchObject({ id: 'bob' });
  expect(await callerOf(await lasting(first))).toMatchObject({ id: 'ann' });
});

test('SECURITY 3: a removed key stops working within 10 minutes, for remembered tokens too', async () => {
  const { state, url } = await jwksServer(first, second);
  const { callerOf, refusalOf, isRemembered, clock } = authenticating({ jwks: url });
  const [old, current] = [await lasting(first), await lasting(second, 'bob')];
  await callerOf(old);
  await callerOf(current);
  expect([isRemembered(old), isRemembered(current)]).toEqual([true, true]);

  state.keys.shift();
  // Nobody asks for nearly ten minutes; the first one to ask then must not get in.
  clock.now += ten - 1;
  expect(await refusalOf(old)).toBe('TOKEN_KEY_UNKNOWN');
  expect(await callerOf(current)).toMatchObject({ id: 'bob' });
  expect([isRemembered(old), isRemembered(current)]).toEqual([false, true]);
});

test('SECURITY 3: under constant use a removed key stops working as well, and nobody waits for the key set', async () => {
  const { state, url } = await jwksServer(first, second);
  const { callerOf, isRemembered, clock } = authenticating({ jwks: url });
  const [old, current] = [await lasting(first), await lasting(second, 'bob')];
  await callerOf(old);
  await callerOf(current);

  state.keys.shift();
  let lastUse = 0;
  for (let passed = 0; passed <= ten; passed += minute) {
    if (isRemembered(old)) {
      lastUse = passed;
    }
    expect(isRemembered(current)).toBe(true);
    await settled(state);
    clock.now += minute;
  }
  expect(lastUse).toBeLessThanOrEqual(5 * minute);
});

/** Lets a fetch in the background come to its end. */
async function settled(state: { fetches: number }): Promise<void> {
  let seen = -1;
  while (seen !== state.fetches) {
    seen = state.fetches;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('SECURITY 3: another key under a known kid replaces it', async () => {
  const impostor = await signingKey('1');
  const { state, url } = await jwksServer(first);
  const { callerOf, refusalOf, isRemembered, clock } = authenticating({ jwks: url });
  const old = await lasting(first);
  await callerOf(old);

  state.keys = [impostor.jwk];
  clock.now += ten;
  expect(await refusalOf(old)).toBe('TOKEN_SIGNATURE');
  expect(isRemembered(old)).toBe(false);
  expect(await callerOf(await lasting(impostor, 'bob'))).toMatchObject({ id: 'bob' });
});

test('SECURITY 4: while the key set is unreachable, known keys go on working and unknown ones are UNAUTHENTICATED', async () => {
  const { stop, restart, url } = await jwksServer(first);
  const errors: unknown[] = [];
  const { callerOf, refusalOf, isRemembered, clock } = authenticating({
    jwks: url,
    keySet: { onError: (reason) => errors.push(reason) },
  });
  const known = await lasting(first);
  await callerOf(known);
  await stop();

  for (let passed = 0; passed <= 3 * ten; passed += ten) {
    expect(await callerOf(known)).toMatchObject({ id: 'ann' });
    expect(await callerOf(await lasting(first, `at-${passed}`))).toMatchObject({ id: `at-${passed}` });
    expect(await refusalOf(await lasting(second))).toBe('TOKEN_KEY_UNKNOWN');
    clock.now += ten;
  }
  expect(isRemembered(known)).toBe(true);
  expect(errors.length).toBeGreaterThan(1);
  expect(String(errors[0])).toContain(`The key set ${url.href} cannot be read`);

  await restart();
  clock.now += minute;
  await callerOf(known);
  await expect.poll(async () => callerOf(known)).toMatchObject({ id: 'ann' });
});

test('SECURITY 4: a key set that was never reachable lets nobody in, and is asked again after the cool-down', async () => {
  const { stop, restart, url, state } = await jwksServer(first);
  await stop();
  const { callerOf, refusalOf, clock } = authenticating({ jwks: url });
  const jwt = await lasting(first);

  expect(await refusalOf(jwt)).toBe('TOKEN_KEY_UNKNOWN');
  await restart();
  expect(await refusalOf(jwt)).toBe('TOKEN_KEY_UNKNOWN');
  expect(state.fetches).toBe(0);
  clock.now += 30_000;
  expect(await callerOf(jwt)).toMatchObject({ id: 'ann' });
});

test.each([
  ['an error', { status: 500, body: '{}' }],
  ['no JSON', { status: 200, body: '<html>' }],
  ['no key set', { status: 200, body: '{"keys":"none"}' }],
  ['keys that are no objects', { status: 200, body: '{"keys":[1]}' }],
  ['a list', { status: 200, body: '[]' }],
  ['more than 256 KiB', { status: 200, body: JSON.stringify({ keys: [], pad: 'x'.repeat(300_000) }) }],
  ['a redirect', { status: 302, body: '', location: '/moved' }],
])('SECURITY 4: %s instead of the key set changes nothing for known keys', async (_, answer) => {
  const { state, url } = await jwksServer(first);
  const { callerOf, refusalOf, clock } = authenticating({ jwks: url });
  await callerOf(await lasting(first));

  state.answer = answer;
  state.moved.push(third.jwk);
  clock.now += ten;
  expect(await callerOf(await lasting(first, 'bob'))).toMatchObject({ id: 'bob' });
  expect(await refusalOf(await lasting(third))).toBe('TOKEN_KEY_UNKNOWN');
  expect(state.fetches).toBe(2);
});

test('a key set with broken members is used for what is whole in it', async () => {
  const { url, state } = await jwksServer(first);
  state.keys.push(
    { kid: '2', kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
    { kid: '3' },
    { kid: '4', kty: 'oct', k: 'AA' },
  );
  const { callerOf, refusalOf } = authenticating({ jwks: url });

  expect(await callerOf(await lasting(first))).toMatchObject({ id: 'ann' });
  expect(await refusalOf(await lasting(second))).toBe('TOKEN_KEY_UNKNOWN');
  expect(await refusalOf(await lasting(third))).toBe('TOKEN_KEY_UNKNOWN');
});

test('a key set that does not answer is given up, while known keys go on working', async () => {
  const { url, state } = await jwksServer(first);
  const errors: unknown[] = [];
  const { callerOf, clock } = authenticating({
    jwks: url,
    keySet: { timeoutMs: 100, onError: (reason) => errors.push(reason) },
  });
  await callerOf(await lasting(first));
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  clock.now += ten;

  expect(await callerOf(await lasting(first, 'bob'))).toMatchObject({ id: 'bob' });
  expect(errors).toHaveLength(1);
  gate.resolve();
});

test('many first calls share one fetch of the key set', async () => {
  const { state, url } = await jwksServer(first);
  const { callerOf } = authenticating({ jwks: url });
  const tokens = await Promise.all(Array.from({ length: 50 }, (_, number) => lasting(first, `u${number}`)));

  expect(state.fetches).toBe(0);
  await Promise.all(tokens.map(callerOf));
  expect(state.fetches).toBe(1);
});
