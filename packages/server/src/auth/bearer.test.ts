import { expect, test } from 'vitest';
import { authenticating, failureOf, requestWith } from './testdata/authenticating.ts';
import { signingKey, token } from './testdata/issuer.ts';

const es256 = await signingKey('es');
const jwks = { keys: [es256.jwk] };

test('reads the header whatever the case of its scheme, and leaves other schemes to others', async () => {
  const { authenticate } = authenticating({ jwks });
  const jwt = await token(es256);

  for (const authorization of [`Bearer ${jwt}`, `bearer ${jwt}`, `BEARER   ${jwt}`]) {
    expect(await authenticate(requestWith({ authorization }))).toMatchObject({ id: 'ann' });
  }
  expect(authenticate(requestWith())).toBeUndefined();
  for (const authorization of ['Basic YW5uOnNlY3JldA==', 'DPoP abc', 'Bearerabc', '']) {
    expect(authenticate(requestWith({ authorization }))).toBeUndefined();
  }
});

test.each([
  ['Bearer', 'has no token'],
  ['Bearer  ', 'has no token'],
  ['Bearer ann', 'malformed'],
  ['Bearer a.b', 'malformed'],
  ['Bearer a.b.c.d', 'malformed'],
  ['Bearer a.b.c, Bearer a.b.c', 'malformed'],
  ['Bearer a.b.c d', 'malformed'],
  ['Bearer !.b.c', 'malformed'],
  ['Bearer e30.e30.c2ln', 'malformed'],
  ['Bearer bm90.anNvbg.c2ln', 'malformed'],
])('refuses %j and says what is wrong, without repeating it', async (authorization, expected) => {
  const { authenticate } = authenticating({ jwks });
  const failure = await failureOf(async () => authenticate(requestWith({ authorization })));

  expect(failure.message).toContain(expected);
  expect(JSON.stringify([failure.message, failure.details])).not.toContain(
    authorization.slice(7).trim() || '\n',
  );
});

test('refuses tokens over 8 KiB before anything is computed', () => {
  const { authenticate } = authenticating({ jwks });
  const authorization = `Bearer ${'a'.repeat(8190)}.b.c`;

  // At once: a verification would have been a promise.
  expect(() => authenticate(requestWith({ authorization }))).toThrow(
    'the token has 8194 characters; expected at most 8192',
  );
});
