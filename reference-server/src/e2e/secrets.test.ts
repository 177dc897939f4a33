import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSettings, settingInfos, settingsOf, shownSettings } from '../config/index.ts';
import { childServer } from './child-server.ts';
import { dataDirectory } from './data-directory.ts';
import { runCli } from './run-cli.ts';

/** Random, as those of production are. */
const SECRET = 'q8Zr2nUx0JvYw5KkT7bLhM3sVdXeAo1c';
const OLDER = '0f5b19c7e2a84d6390aa71fe5dc2b846';

const strict = {
  TACOS_PROFILE: 'strict',
  AUTH_ISSUER: 'https://id.example.com',
  AUTH_AUDIENCE: 'tacos',
  AUTH_JWKS_URL: 'https://id.example.com/keys',
};

async function fileWith(text: string): Promise<string> {
  const file = join(await dataDirectory(), 'secrets');
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

test('SECURITY 33: a secret comes from a variable or a file, and from no command line', async () => {
  const file = await fileWith(`${SECRET}\n\n${OLDER}\r\n`);
  const tokenSecrets = [SECRET, OLDER];
  expect(readSettings({}, { TACOS_TOKEN_SECRETS: `${SECRET}, ${OLDER}` })).toMatchObject({ tokenSecrets });
  expect(readSettings({}, { TACOS_TOKEN_SECRETS_FILE: file })).toMatchObject({ tokenSecrets });
  expect(
    readSettings({ tokenSecretsFile: file }, { TACOS_TOKEN_SECRETS: 'of the environment!' }),
  ).toMatchObject({ tokenSecrets });
  expect(() => readSettings({}, { TACOS_TOKEN_SECRETS: SECRET, TACOS_TOKEN_SECRETS_FILE: file })).toThrow(
    'TACOS_TOKEN_SECRETS and TACOS_TOKEN_SECRETS_FILE are both set: expected one of them',
  );

  for (const { name, flag, env, isSecret } of settingInfos()) {
    if (isSecret || /secret|password|credential/i.test(name)) {
      expect([name, flag, isSecret]).toEqual([name, expect.stringMatching(/^--[a-z-]+-file <file>$/), true]);
      expect(
        env.some((variable) => variable.endsWith('_FILE')),
        name,
      ).toBe(true);
    }
  }
  const refused = await runCli('serve', '--token-secrets', SECRET);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining("unknown option '--token-secrets'"),
  ]);
}, 180_000);

test.each([
  ['is not there', undefined, 'which cannot be read (ENOENT'],
  ['is empty', '\n', 'which is empty: expected one secret a line'],
  [
    'has one that is too short',
    `${SECRET}\nshort`,
    'is not usable: expected secrets of at least 16 bytes each',
  ],
])('SECURITY 33: a file of secrets that %s is refused, without showing any', async (_, text, reason) => {
  const file = text === undefined ? join(await dataDirectory(), 'none') : await fileWith(text);
  let message = '';
  try {
    readSettings({}, { TACOS_TOKEN_SECRETS_FILE: file });
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain(`TACOS_TOKEN_SECRETS_FILE is`);
  expect(message).toContain(reason);
  expect(message).not.toContain('short\n');
  expect(message).not.toContain(SECRET);
});

test('SECURITY 33: settings that are written down have no secrets', () => {
  const shown = shownSettings(settingsOf({ tokenSecrets: [SECRET, OLDER] }));
  expect(shown).toMatchObject({ tokenSecrets: '2 not shown', profile: 'dev', port: 8080 });
  expect(JSON.stringify(shown)).not.toMatch(new RegExp(`${SECRET}|${OLDER}`));
});

test('SECURITY 33: neither the log of a server nor --help shows secrets', async () => {
  const file = await fileWith(SECRET);
  const server = await childServer(
    await dataDirectory(),
    ...['--token-secrets-file', file, '--log-level', 'trace', '--no-demo'],
  );
  // A token that the secret signs, and one that it does not.
  const join_ = await fetch(`${server.url}/api/v1/queue/join`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"eventId":"none"}',
  });
  const status = await fetch(`${server.url}/api/v1/queue/status?token=forged.${SECRET.length}`);
  expect([join_.status, status.status].every((code) => code >= 400)).toBe(true);
  expect(await server.stop()).toBe(0);
  const log = server.log().join('\n');
  expect(log).toContain('"tokenSecrets":"1 not shown"');
  expect(log).not.toContain(SECRET);

  process.env.TACOS_TOKEN_SECRETS = SECRET;
  try {
    const help = await runCli('serve', '--help');
    expect(help.stdout).toContain('TACOS_TOKEN_SECRETS_FILE');
    expect(help.stdout).not.toContain(SECRET);
  } finally {
    delete process.env.TACOS_TOKEN_SECRETS;
  }
}, 180_000);

test.each([
  'dev-secret-of-this-machine',
  'my secret 0123456789abcdef',
  'change-me-0123456789abcdef',
  'aaaaaaaaaaaaaaaaaaaaaaaa',
  '12121212121212121212',
])(
  'SECURITY 33: the strict profile refuses the development secret %j, the dev profile takes it',
  (secret) => {
    let message = '';
    try {
      readSettings({}, { ...strict, TACOS_TOKEN_SECRETS: `${SECRET},${secret}` });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('--token-secrets-file (TACOS_TOKEN_SECRETS_FILE) has a development secret');
    expect(message).not.toContain(secret);
    expect(readSettings({}, { TACOS_TOKEN_SECRETS: secret }).tokenSecrets).toEqual([secret]);
  },
);

test('SECURITY 33: the strict profile takes random secrets, and none', () => {
  expect(
    readSettings({}, { ...strict, TACOS_TOKEN_SECRETS: `${SECRET},${OLDER}` }).tokenSecrets,
  ).toHaveLength(2);
  expect(readSettings({}, strict).tokenSecrets).toEqual([]);
});
