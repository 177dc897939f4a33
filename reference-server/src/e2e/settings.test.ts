import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { program } from '../cli/program.ts';
import { readSettings, type SettingsInput, settingInfos, settingsOf } from '../config/index.ts';
import { serve as start } from '../serve.ts';
import { startIssuer } from './issuer.ts';
import { serve } from './serve.ts';

const helpOf = (name: string): string =>
  program()
    .commands.find((command) => command.name() === name)
    ?.configureHelp({ helpWidth: 10_000 })
    .helpInformation() ?? '';

test.each(['serve', 'seed'])(
  '%s --help lists every setting with its default and its variables',
  (command) => {
    const help = helpOf(command);
    const lines = help.split('\n');
    for (const { flag, env, description } of settingInfos()) {
      const line = lines.find((candidate) => candidate.trimStart().startsWith(`${flag} `));
      expect(line, flag).toContain(description);
      expect(line, flag).toContain(`env: ${env.join(', ')}`);
      expect(line, flag).toMatch(/default: \S/);
    }
  },
);

test('a flag wins over the environment, the first variable over the second, and both over the default', () => {
  expect(readSettings({}, {}).port).toBe(8080);
  expect(readSettings({}, { PORT: '1001' }).port).toBe(1001);
  expect(readSettings({}, { PORT: '1001', TACOS_PORT: '1002' }).port).toBe(1002);
  expect(readSettings({ port: '1003' }, { TACOS_PORT: '1002' }).port).toBe(1003);
  expect(readSettings({}, { TACOS_PORT: '' }).port).toBe(8080);
});

/** What a server needs to know of access tokens. */
const token = {
  AUTH_ISSUER: 'https://id.example.com',
  AUTH_AUDIENCE: 'tacos',
  AUTH_JWKS_URL: 'https://id.example.com/keys',
};

test('the strict profile starts with everything about access tokens, and every setting is read from its variable', () => {
  const env = {
    ...token,
    TACOS_PROFILE: 'strict',
    TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    ACCESS_LOG: '0.25',
    TACOS_TRACE_SHARE: '0',
  };
  expect(readSettings({}, env)).toMatchObject({
    profile: 'strict',
    authIssuer: 'https://id.example.com',
    authAudience: 'tacos',
    authJwksUrl: 'https://id.example.com/keys',
    trustedProxies: ['10.0.0.0/8', '::1'],
    accessLog: 0.25,
    traceShare: 0,
    traceShareReservations: 1,
  });
});

test.each([
  [[], {}, false],
  [['--memory'], {}, true],
  [['--memory=false'], { TACOS_MEMORY: 'true' }, false],
])('%j with %j keeps everything in memory: %s', (args, env, expected) => {
  const serve = program().commands.find((command) => command.name() === 'serve');
  serve?.parseOptions(args);
  expect(readSettings(serve?.opts() ?? {}, env).memory).toBe(expected);
});

test.each([
  [['--no-demo'], {}, false],
  [['--no-demo'], { TACOS_DEMO: 'true' }, false],
  [['--demo'], { TACOS_DEMO: 'false' }, true],
  [['--demo', 'false'], {}, false],
  [[], {}, undefined],
  [[], { TACOS_DEMO: 'false' }, false],
])('with %j and %j the demo is put on sale: %s', (args, env, expected) => {
  const serve = program().commands.find((command) => command.name() === 'serve');
  serve?.parseOptions(args);
  expect(readSettings(serve?.opts() ?? {}, env).demo).toBe(expected);
});

test('unless it is told, a server of the dev profile puts the demo on sale, and a strict one does not', async () => {
  const seededBy = async (given: SettingsInput): Promise<readonly string[]> => {
    const settings = settingsOf({ memory: true, port: 0, ...given });
    const running = await start({ settings, logger: pino({ level: 'silent' }) });
    await running.close();
    return running.seeded;
  };
  const { settings: tokens } = await startIssuer(onTestFinished);
  const strict = { ...tokens, profile: 'strict' } as const;
  expect(await seededBy({})).toContain('event_123');
  expect(await seededBy(strict)).toEqual([]);
  expect(await seededBy({ ...strict, demo: true })).toContain('event_123');
});

test.each([
  [{ port: '65536' }, {}, '--port is "65536": expected a whole number from 0 to 65535'],
  [{ port: 'http' }, {}, '--port is "http": expected a whole number from 0 to 65535'],
  [{}, { PORT: '80.5' }, 'PORT is "80.5": expected a whole number from 0 to 65535'],
  [{}, { TACOS_HOLD_SECONDS: '0' }, 'TACOS_HOLD_SECONDS is "0": expected a whole number from 1 to 1800'],
  [{ paymentApprovalRate: '1.5' }, {}, '--payment-approval-rate is "1.5": expected a number from 0 to 1'],
  [{}, { TACOS_MEMORY: 'maybe' }, 'TACOS_MEMORY is "maybe": expected true or false'],
  [
    { logLevel: 'loud' },
    {},
    '--log-level is "loud": expected one of trace, debug, info, warn, error, fatal, silent',
  ],
  [
    { corsOrigins: 'foo' },
    {},
    '--cors-origins is "foo": expected origins as browsers send them, such as https://app.example.com, or * alone',
  ],
  [{ corsOrigins: 'https://app.example.com/' }, {}, '--cors-origins is "https://app.example.com/": expected'],
  [
    {},
    { TACOS_CORS_ORIGINS: '*,https://app.example.com' },
    'TACOS_CORS_ORIGINS is "*,https://app.example.com"',
  ],
  [
    {},
    { TRUSTED_PROXIES: '10.0.0.0/8,proxy' },
    'TRUSTED_PROXIES is "10.0.0.0/8,proxy": expected addresses and networks, such as 10.0.0.0/8',
  ],
  [{}, { TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES is "10.0.0.0/33": expected'],
  [{ rateLimits: 'yes' }, {}, '--rate-limits is "yes": expected one of on, off, strict'],
  [{}, { SHEDDING: '1' }, 'SHEDDING is "1": expected one of on, off, strict'],
  [{}, { ACCESS_LOG: 'some' }, 'ACCESS_LOG is "some": expected all, failures, or a number from 0 to 1'],
  [{ traceShare: '2' }, {}, '--trace-share is "2": expected a number from 0 to 1'],
  [
    {},
    { ...token, AUTH_JWKS_URL: 'http://id.example.com/keys' },
    'AUTH_JWKS_URL is "http://id.example.com/keys": expected an https URL, or an http URL on this machine',
  ],
  [
    {},
    { AUTH_ISSUER: 'https://id.example.com' },
    '--auth-audience (AUTH_AUDIENCE) is missing: --auth-issuer (AUTH_ISSUER) is of no use without\n--auth-jwks-url (AUTH_JWKS_URL) is missing: --auth-issuer (AUTH_ISSUER) is of no use without',
  ],
  [
    { profile: 'strict' },
    { AUTH_ISSUER: 'https://id.example.com', AUTH_JWKS_URL: 'https://id.example.com/keys' },
    '--auth-audience (AUTH_AUDIENCE) is missing: the strict profile lets nobody in without an access token',
  ],
  [
    { tlsCert: 'server.pem' },
    {},
    '--tls-key (TLS_KEY) is missing: --tls-cert (TLS_CERT) needs its private key',
  ],
  [{}, { TLS_KEY: 'server.key' }, '--tls-cert (TLS_CERT) is missing: --tls-key (TLS_KEY) is the key of one'],
  [
    {},
    { TLS_CLIENT_CERTIFICATE: 'require' },
    '--tls-cert (TLS_CERT) is missing: client certificates are shown over TLS alone\n--tls-ca (TLS_CA) is missing: it says which client certificates are valid',
  ],
  [
    {},
    { SERVICE_IDENTITIES: 'spiffe://example.org/gateway' },
    '--tls-client-certificate (TLS_CLIENT_CERTIFICATE) is none: expected accept or require with --service-identities (SERVICE_IDENTITIES)',
  ],
  [
    {},
    { SERVICE_IDENTITIES: 'the gateway' },
    'SERVICE_IDENTITIES is "the gateway": expected URIs such as spiffe://example.org/gateway, host names, or CN=name',
  ],
  [{ data: '' }, {}, '--data is "": expected some text'],
])(
  'a wrong value is named with what gave it, what it is and what is expected: %j %j',
  (flags, env, message) => {
    expect(() => readSettings(flags, env)).toThrow(message);
  },
);

test('every wrong value is named at once', () => {
  expect(() => readSettings({ port: 'x' }, { TACOS_HOLD_SECONDS: '-1' })).toThrow(
    /^--port is "x".*\nTACOS_HOLD_SECONDS is "-1"/,
  );
});

test('seed has nothing to put the demo into without a data directory', async () => {
  await expect(program().parseAsync(['seed', '--memory'], { from: 'user' })).rejects.toThrow(
    'seed: --memory keeps nothing; give the --data directory of a server',
  );
});

test('a port that is taken is named', async () => {
  const { url } = await serve();
  const port = Number(new URL(url).port);
  await expect(serve({ settings: { port } })).rejects.toThrow(
    `port ${port} of 127.0.0.1 is in use: stop what listens there, or choose another with --port`,
  );
});

test.runIf(process.platform === 'linux')('a data directory that cannot be made is named', async () => {
  await expect(serve({ settings: { memory: false, data: '/proc/nope/data' } })).rejects.toThrow(
    /^data folder \/proc\/nope\/data cannot be created \(ENOENT.*\): choose another/,
  );
});
