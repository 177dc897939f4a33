import { once } from 'node:events';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { program } from '../cli/program.ts';
import { readSettings } from '../config/index.ts';
import { openDevIssuer } from '../dev-issuer.ts';
import { openStore } from '../open-store.ts';
import { childServer, spawnCli } from './child-server.ts';
import { adjustableClock } from './clock.ts';
import { dataDirectory } from './data-directory.ts';
import { failureOf } from './refusal.ts';
import { saleOf } from './sale.ts';
import { clientsOf, serve } from './serve.ts';

/** Runs the command line to its end. */
async function run(...args: readonly string[]) {
  const child = spawnCli(...args);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out: out.trim(), err: err.trim() };
}

/** A strict server that is patient with the machine. */
const strict = [
  ...['--profile', 'strict', '--dev-issuer', '--no-demo'],
  ...['--shedding', 'off', '--min-deadline-ms', '30000'],
];

const key = () => ({ idempotencyKey: crypto.randomUUID() });

test('a token of the command line is good for a strict server on the same data, and for no more than its role', async () => {
  const data = await dataDirectory();
  const ops = await run('token', '--data', data, '--user', 'ops', '--role', 'admin', '--ttl', '15m');
  expect(ops).toMatchObject({ code: 0, err: expect.stringContaining('dev-issuer.json') });
  const { iat = 0, exp, ...claims } = decodeJwt(ops.out);
  expect(exp).toBe(iat + 900);
  expect(claims).toMatchObject({
    iss: 'tacos-dev-issuer',
    aud: 'tacos',
    sub: 'ops',
    roles: ['admin'],
    nbf: iat,
  });
  const server = await childServer(data, ...strict);
  // The key is there while the server runs.
  const made = async (folder: string, user: string, role: 'user' | 'admin') =>
    (await openDevIssuer(join(folder, 'dev-issuer.json'))).token(
      { user, role, scopes: [], ttlSeconds: 900 },
      Date.now(),
    );
  const ann = await made(data, 'ann', 'user');
  const stranger = await made(await dataDirectory(), 'ops', 'admin');
  const as = (token?: string) => clientsOf(server.url, undefined, token);

  expect((await as(ops.out).catalog.createEvent({ event: saleOf({}), ...key() })).error).toBeUndefined();
  const joined = await as(ann).queue.joinQueue({ eventId: 'show', userId: 'ann', ...key() });
  expect(joined.error).toBeUndefined();
  const create = (token?: string) =>
    failureOf(as(token).catalog.createEvent({ event: saleOf({ event: { id: 'other' } }), ...key() }));
  expect((await create(ann)).status).toBe('PermissionDenied');
  expect((await create()).status).toBe('Unauthenticated');
  expect((await create(stranger)).status).toBe('Unauthenticated');
}, 120_000);

test('a token ends, and a server without the development issuer does not know it', async () => {
  const clock = adjustableClock();
  const data = await dataDirectory();
  const issuer = await openDevIssuer(join(data, 'dev-issuer.json'));
  const bearer = { user: 'ops', role: 'admin', scopes: [], ttlSeconds: 60 } as const;
  const token = await issuer.token(bearer, clock.now());
  const trusting = await serve({
    settings: { memory: false, data, profile: 'strict', devIssuer: true },
    clock: clock.now,
  });
  const health = (url: string) => clientsOf(url, undefined, token).admin.getSystemHealth({});
  expect((await health(trusting.url)).services).not.toEqual([]);
  clock.advance(120_000);
  expect((await failureOf(health(trusting.url))).status).toBe('Unauthenticated');

  const other = await serve({
    settings: {
      profile: 'strict',
      authIssuer: 'https://id.example.com',
      authAudience: 'tacos',
      authJwksUrl: 'http://127.0.0.1:9/keys',
    },
  });
  expect((await failureOf(health(other.url))).status).toBe('Unauthenticated');
});

test.runIf(process.platform !== 'win32')(
  'SECURITY 33: the key of the development issuer is for its owner alone, and never printed',
  async () => {
    const data = await dataDirectory();
    const file = join(data, 'keys', 'dev.json');
    const issuer = await openDevIssuer(file);
    const bearer = { user: 'ann', role: 'user', scopes: [], ttlSeconds: 60 } as const;
    const token = await issuer.token(bearer, Date.now());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { d } = JSON.parse(await readFile(file, 'utf8')) as { d: string };
    expect(`${token} ${JSON.stringify(issuer.jwks)}`).not.toContain(d);
    expect((await openDevIssuer(file)).jwks.keys).toEqual([expect.not.objectContaining({ d })]);

    await chmod(file, 0o644);
    await expect(openDevIssuer(file)).rejects.toThrow(
      `${file} has mode 644: others can read the key; expected 600 (chmod 600 ${file})`,
    );
    await expect(serve({ settings: { devIssuer: true, devIssuerKey: file } })).rejects.toThrow('mode 644');
    await chmod(file, 0o600);
    await writeFile(file, '{"kty":"oct"}');
    await expect(openDevIssuer(file)).rejects.toThrow(`${file} holds no private Ed25519 key`);
  },
  30_000,
);

test.each([
  [{ devIssuer: true, memory: true }, '--dev-issuer-key (TACOS_DEV_ISSUER_KEY) is missing: with --memory'],
  [
    { devIssuer: true, host: '0.0.0.0' },
    '--host (TACOS_HOST) is 0.0.0.0: with --dev-issuer (TACOS_DEV_ISSUER) expected an address of this machine alone',
  ],
  [{ devIssuerKey: 'key.json' }, '--dev-issuer (TACOS_DEV_ISSUER) is missing: --dev-issuer-key'],
  [
    {
      devIssuer: true,
      authIssuer: 'https://id.example.com',
      authAudience: 'tacos',
      authJwksUrl: 'https://id.example.com/keys',
    },
    '--dev-issuer (TACOS_DEV_ISSUER) is given together with --auth-issuer (AUTH_ISSUER)',
  ],
])('SECURITY 33: strict does not start with the development issuer where %j', (flags, message) => {
  expect(() => readSettings({ profile: 'strict', ...flags }, {})).toThrow(message);
});

test('strict starts with the development issuer on this machine, and only when it is asked for', () => {
  expect(readSettings({ profile: 'strict', devIssuer: true }, {}).devIssuer).toBe(true);
  expect(() => readSettings({ profile: 'strict' }, {})).toThrow('the strict profile lets nobody in');
});

test.each([
  [['--user', 'ann', '--ttl', '8d'], 'Expected 1s to 7d, such as 90s, 15m or 1h.'],
  [['--user', 'ann', '--ttl', 'soon'], 'Expected 1s to 7d'],
  [['--user', 'ann', '--role', 'king'], 'Allowed choices are user, service, admin.'],
  [['--user', 'ann lee'], 'Expected 1 to 255 printable ASCII characters without spaces.'],
  [[], "required option '--user <id>' not specified"],
])('token %j is refused', async (args, message) => {
  const token = program().commands.find((command) => command.name() === 'token');
  token?.exitOverride().configureOutput({ writeErr: () => undefined });
  await expect(token?.parseAsync([...args], { from: 'user' })).rejects.toThrow(message);
});

test('a token outlives the data it was made for, when a backup is restored', async () => {
  const [data, elsewhere] = [await dataDirectory(), await dataDirectory()];
  await (await openStore({ memory: false, data }, Date.now)).close();
  const { out: token } = await run('token', '--data', data, '--user', 'ops', '--role', 'admin');
  const backup = join(elsewhere, 'backup');
  const made = await run('backup', backup, '--data', data);
  expect(made).toMatchObject({
    code: 0,
    out: expect.stringMatching(/MB, checked, with the key of the development issuer$/),
  });
  const other = join(elsewhere, 'other');
  const restored = await run('restore', backup, '--data', other);
  expect(restored).toMatchObject({
    code: 0,
    out: `${other}: restored from ${backup}, with the key of the development issuer; it was empty`,
  });
  const server = await childServer(other, ...strict);
  const { admin } = clientsOf(server.url, undefined, token);
  expect((await admin.getSystemHealth({})).services.length).toBeGreaterThan(0);
});
