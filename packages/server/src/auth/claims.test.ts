import { expect, test } from 'vitest';
import type { JwtOptions } from './jwt-options.ts';
import { authenticating } from './testdata/authenticating.ts';
import { signingKey, token } from './testdata/issuer.ts';

const es256 = await signingKey('es');
const jwks = { keys: [es256.jwk] };

test('scopes and roles make the caller', async () => {
  const { callerOf } = authenticating({ jwks });

  expect(await callerOf(await token(es256, { scope: 'a b', scp: ['b', 'c'] }))).toMatchObject({
    scopes: ['a', 'b', 'c'],
  });
  expect(await callerOf(await token(es256, { sub: 'van', roles: ['service'] }))).toMatchObject({
    kind: 'service',
    id: 'van',
    actsForAnyone: true,
  });
  expect(await callerOf(await token(es256, { roles: ['service', 'admin'] }))).toMatchObject({
    kind: 'admin',
  });
  for (const roles of ['administrator', ['Admin'], { admin: true }, [['admin']], 1, null]) {
    expect(await callerOf(await token(es256, { roles }))).toMatchObject({
      kind: 'user',
      actsForAnyone: false,
    });
  }
});

test('the meaning of claims can be set, by names or by a function', async () => {
  const named = authenticating({
    jwks,
    caller: { roles: 'https://example.com/roles', adminRole: 'boss', scopes: ['perm'] },
  });
  expect(
    await named.callerOf(
      await token(es256, { 'https://example.com/roles': ['boss'], perm: ['x'], scope: 'y' }),
    ),
  ).toMatchObject({ kind: 'admin', scopes: ['x'] });

  const caller: JwtOptions['caller'] = (claims) =>
    claims.email_verified === true
      ? { kind: 'user', id: String(claims.email), scopes: [], actsForAnyone: false }
      : undefined;
  const byFunction = authenticating({ jwks, caller });
  expect(
    await byFunction.callerOf(await token(es256, { email: 'a@example.com', email_verified: true })),
  ).toMatchObject({
    id: 'a@example.com',
  });
  expect(await byFunction.refusalOf(await token(es256))).toBe('TOKEN_SUBJECT');
});

test('a fault of the mapping is no refusal', async () => {
  const fault = new TypeError('no such tenant table');
  const caller = () => {
    throw fault;
  };

  await expect(authenticating({ jwks, caller }).callerOf(await token(es256))).rejects.toBe(fault);
});
