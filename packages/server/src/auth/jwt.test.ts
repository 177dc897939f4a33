import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK } from 'jose';
import { expect, test } from 'vitest';
import { authenticating, failureOf } from './testdata/authenticating.ts';
import { type Claims, ISSUER, NOW, signingKey, token } from './testdata/issuer.ts';

const es256 = await signingKey('es');
const jwks = { keys: [es256.jwk] };

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('SECURITY 1: accepts %s by default', async (alg) => {
  const key = await signingKey('k', alg);

  expect(await authenticating({ jwks: { keys: [key.jwk] } }).callerOf(await token(key))).toEqual({
    kind: 'user',
    id: 'ann',
    scopes: [],
    actsForAnyone: false,
  });
});

test('SECURITY 1: refuses the algorithm none', async () => {
  const [, payload = '', signature = ''] = (await token(es256)).split('.');
  const { refusalOf } = authenticating({ jwks });

  for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
    for (const kid of ['es', undefined]) {
      const header = base64url({ alg, kid });
      expect(await refusalOf(`${header}.${payload}.`)).toBe('TOKEN_ALGORITHM');
      expect(await refusalOf(`${header}.${payload}.${signature}`)).toBe('TOKEN_ALGORITHM');
    }
  }
});

test('SECURITY 1: refuses HS256 signed with the public key', async () => {
  const rsa = await signingKey('rs', 'RS256');
  const { refusalOf, callerOf } = authenticating({ jwks: { keys: [rsa.jwk] } });
  const genuine = await token(rsa);
  const [, payload = ''] = genuine.split('.');
  const pem = await exportSPKI(
    (await importJWK({ ...rsa.jwk, ext: true }, 'RS256')) as Parameters<typeof exportSPKI>[0],
  );

  expect(await callerOf(genuine)).toMatchObject({ id: 'ann' });
  for (const secret of [pem, pem.trim(), JSON.stringify(rsa.jwk), rsa.jwk.n ?? '']) {
    const signed = `${base64url({ alg: 'HS256', kid: 'rs' })}.${payload}`;
    const signature = createHmac('sha256', secret).update(signed).digest('base64url');
    expect(await refusalOf(`${signed}.${signature}`)).toBe('TOKEN_ALGORITHM');
  }
});

test('SECURITY 1: refuses a key of another algorithm', async () => {
  const [rs, ps, ed] = await Promise.all([
    signingKey('k', 'RS256'),
    signingKey('k', 'PS256'),
    signingKey('k', 'EdDSA'),
  ]);

  // The key is for RS256; the token says PS256, of the same RSA key, under its kid.
  const both = authenticating({ jwks: { keys: [rs.jwk] } });
  const asPs = await importJWK({ ...(await exportJWK(rs.privateKey)), alg: 'PS256' }, 'PS256');
  const crossed = await token({ ...rs, alg: 'PS256', privateKey: asPs as typeof rs.privateKey });
  expect(await both.refusalOf(crossed)).toBe('TOKEN_KEY_UNKNOWN');
  expect(await both.refusalOf(await token(ed))).toBe('TOKEN_KEY_UNKNOWN');
  // A key that says nothing of its algorithm still fits only those of its kind.
  const { alg: _, ...open } = es256.jwk;
  expect(await authenticating({ jwks: { keys: [open] } }).refusalOf(await token({ ...ps, kid: 'es' }))).toBe(
    'TOKEN_KEY_UNKNOWN',
  );
});

test('SECURITY 1: accepts no algorithm that is not on the list', async () => {
  const rsa = await signingKey('rs', 'RS256');
  const { refusalOf } = authenticating({ jwks: { keys: [rsa.jwk] }, algorithms: ['ES256'] });

  expect(await refusalOf(await token(rsa))).toBe('TOKEN_ALGORITHM');
});

test.each([['HS256'], ['none'], ['HS512', 'ES256'], ['dir'], []])(
  'SECURITY 1: the algorithms %j are refused at the start',
  (...algorithms) => {
    expect(() => authenticating({ jwks, algorithms })).toThrow(/^algorithms are .*; expected some of RS256/);
  },
);

test('SECURITY 1: refuses a forged signature, and one of another key under the same kid', async () => {
  const { refusalOf } = authenticating({ jwks });
  const [header = '', payload = '', signature = ''] = (await token(es256)).split('.');
  const [, admin = ''] = (await token(es256, { roles: ['admin'] })).split('.');
  const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;

  expect(await refusalOf(`${header}.${payload}.${flipped}`)).toBe('TOKEN_SIGNATURE');
  expect(await refusalOf(`${header}.${admin}.${signature}`)).toBe('TOKEN_SIGNATURE');
  expect(await refusalOf(`${header}.${payload}.`)).toBe('TOKEN_SIGNATURE');
  expect(await refusalOf(await token(await signingKey('es')))).toBe('TOKEN_SIGNATURE');
});

test('SECURITY 1: keys that a token brings along are not used', async () => {
  const own = await signingKey('es');
  const { refusalOf } = authenticating({ jwks });

  expect(await refusalOf(await token(own, {}, { jwk: own.jwk }))).toBe('TOKEN_SIGNATURE');
  expect(await refusalOf(await token(own, {}, { kid: 'mine', jku: 'https://evil.example/jwks' }))).toBe(
    'TOKEN_KEY_UNKNOWN',
  );
  expect(await refusalOf(await token(es256, {}, { crit: ['exp'], exp: 1 }).catch(() => 'a.b.c'))).toBe(
    'TOKEN_MALFORMED',
  );
});

test.each(['iss', 'aud', 'exp', 'nbf', 'sub'])('SECURITY 2: a token without %s is refused', async (claim) => {
  const { callerOf } = authenticating({ jwks });
  const failure = await failureOf(async () => callerOf(await token(es256, { [claim]: undefined })));

  expect(failure.message).toContain(`lacks the claim ${claim}`);
  expect(failure.details).toEqual([{ reason: 'TOKEN_CLAIM_MISSING', value: claim }]);
});

test.each<[string, Claims, string]>([
  ['another issuer', { iss: 'https://evil.example.com/' }, 'TOKEN_CLAIM'],
  ['an issuer that only begins alike', { iss: 'https://id.example.com/x' }, 'TOKEN_CLAIM'],
  ['another audience', { aud: 'shop' }, 'TOKEN_CLAIM'],
  ['no audience of ours among several', { aud: ['shop', 'librar'] }, 'TOKEN_CLAIM'],
  ['an audience that is no text', { aud: { library: true } }, 'TOKEN_CLAIM'],
  ['an empty sub', { sub: '' }, 'TOKEN_SUBJECT'],
  ['a sub that is no text', { sub: 7 }, 'TOKEN_SUBJECT'],
  ['a sub that is too long', { sub: 'x'.repeat(256) }, 'TOKEN_SUBJECT'],
  ['an exp that is no number', { exp: '9999999999' }, 'TOKEN_MALFORMED'],
  ['a nbf that is no number', { nbf: null }, 'TOKEN_MALFORMED'],
])('SECURITY 2: a token with %s is refused', async (_, claims, reason) => {
  expect(await authenticating({ jwks }).refusalOf(await token(es256, claims))).toBe(reason);
});

test('SECURITY 2: several issuers and audiences are each accepted', async () => {
  const { callerOf } = authenticating({
    jwks,
    issuer: ['https://a.example', 'https://b.example'],
    audience: ['x', 'y'],
  });

  expect(await callerOf(await token(es256, { iss: 'https://b.example', aud: ['z', 'y'] }))).toMatchObject({
    id: 'ann',
  });
});

test('SECURITY 2: clocks may differ by the tolerance, which is at most 60 s', async () => {
  const { callerOf, refusalOf, clock } = authenticating({ jwks, clockToleranceSeconds: 60 });

  clock.now = (NOW - 60) * 1000;
  expect(await callerOf(await token(es256))).toMatchObject({ id: 'ann' });
  clock.now = (NOW - 61) * 1000;
  expect(await refusalOf(await token(es256, { sub: 'early' }))).toBe('TOKEN_NOT_YET_VALID');
  clock.now = (NOW + 600 + 59) * 1000;
  expect(await callerOf(await token(es256))).toMatchObject({ id: 'ann' });
  clock.now = (NOW + 600 + 60) * 1000;
  expect(await refusalOf(await token(es256))).toBe('TOKEN_EXPIRED');
  for (const clockToleranceSeconds of [61, -1, Number.NaN]) {
    expect(() => authenticating({ jwks, clockToleranceSeconds })).toThrow('expected 0 to 60');
  }
});

test('SECURITY 2: only nbf can be left out by configuration, and is checked where it is there', async () => {
  const { callerOf, refusalOf } = authenticating({
    jwks,
    requiredClaims: ['iss', 'aud', 'exp', 'sub', 'tenant'],
  });

  expect(await callerOf(await token(es256, { nbf: undefined, tenant: 't' }))).toMatchObject({ id: 'ann' });
  expect(await refusalOf(await token(es256, { nbf: NOW + 300, tenant: 't' }))).toBe('TOKEN_NOT_YET_VALID');
  expect(await refusalOf(await token(es256))).toBe('TOKEN_CLAIM_MISSING');
  expect(() => authenticating({ jwks, requiredClaims: ['iss', 'exp'] })).toThrow(
    'requiredClaims leaves out aud, sub',
  );
});

test('a type that is asked for is insisted on', async () => {
  const { callerOf, refusalOf } = authenticating({ jwks, type: 'at+jwt' });

  expect(await callerOf(await token(es256, {}, { typ: 'AT+JWT' }))).toMatchObject({ id: 'ann' });
  expect(await refusalOf(await token(es256, {}, { typ: 'JWT' }))).toBe('TOKEN_CLAIM');
  expect(await refusalOf(await token(es256))).toBe('TOKEN_CLAIM');
});

test('what is refused says nothing of what is in the token', async () => {
  const { callerOf } = authenticating({ jwks });
  for (const claims of [
    { aud: 'secret-audience' },
    { exp: NOW - 1000 },
    { nbf: NOW + 1000 },
    { iss: undefined },
  ]) {
    const failure = await failureOf(async () =>
      callerOf(await token(es256, { sub: 'secret-sub', ...claims })),
    );
    expect(JSON.stringify([failure.message, failure.details, failure.cause ?? ''])).not.toContain('secret');
  }
});

test('without a kid the only key that fits is used, and none of several', async () => {
  const other = await signingKey('other');
  const rsa = await signingKey('rs', 'RS256');
  const jwt = await token(es256, {}, { kid: undefined });

  expect(await authenticating({ jwks: { keys: [rsa.jwk, es256.jwk] } }).callerOf(jwt)).toMatchObject({
    id: 'ann',
  });
  expect(await authenticating({ jwks: { keys: [other.jwk, es256.jwk] } }).refusalOf(jwt)).toBe(
    'TOKEN_KEY_UNKNOWN',
  );
});

test('keys that cannot verify are not used, and private ones are refused at the start', async () => {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const secret: JWK = { kty: 'oct', k: 'c2VjcmV0', kid: 'es' };

  expect(() => authenticating({ jwks: { keys: [es256.jwk, secret] } })).toThrow(
    'jwks.keys[1] (kid es) is a shared secret',
  );
  await expect(
    (async () => authenticating({ jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'p' }] } }))(),
  ).rejects.toThrow('is a private key');
  expect(() => authenticating({ jwks: { keys: [] } })).toThrow('jwks has no keys');
  expect(() => authenticating({ jwks: {} as never })).toThrow('the key set is malformed');
  const forEncryption = { keys: [{ ...es256.jwk, use: 'enc' }] };
  expect(await authenticating({ jwks: forEncryption }).refusalOf(await token(es256))).toBe(
    'TOKEN_KEY_UNKNOWN',
  );
});

test('RSA keys of less than 2048 bits verify nothing', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const signed = `${base64url({ alg: 'RS256', kid: 'weak' })}.${base64url({ iss: ISSUER, sub: 'ann' })}`;
  const signature = createSign('sha256').update(signed).sign(privateKey, 'base64url');
  const weak = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'weak', alg: 'RS256' };

  expect(await authenticating({ jwks: { keys: [weak] } }).refusalOf(`${signed}.${signature}`)).toBe(
    'TOKEN_KEY_UNKNOWN',
  );
});

test.each([
  [{ issuer: '' }, 'issuer is empty'],
  [{ audience: [] }, 'audience is empty'],
  [{ jwks: new URL('http://id.example.com/jwks') }, 'expected an https URL'],
  [{ jwks: new URL('file:///etc/keys') }, 'expected an https URL'],
  [{ cache: { maxTokens: -1 } }, 'cache.maxTokens is -1'],
])('refuses the options %j at the start', (options, expected) => {
  expect(() => authenticating({ jwks, ...options })).toThrow(expected);
});
