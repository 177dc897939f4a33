import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingRemarks, settingsOf } from '../config/index.ts';
import { dataDirectory } from './data-directory.ts';
import { runCli } from './run-cli.ts';

const SLOW = 120_000;

test(
  'a word that is no command is named, with the commands there are',
  async () => {
    const { code, stdout, stderr } = await runCli('evnts');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'there is no command "evnts": expected one of serve, seed, token, events, replay, backup, restore, secrets, doctor; without one it serves\n',
    );
    const late = await runCli('--data', 'x', 'doctor');
    expect([late.code, late.stderr]).toEqual([
      1,
      '"doctor" came too late: expected the command before its options, tacos-reference-server doctor …\n',
    ]);
  },
  SLOW,
);

test(
  'token says when it has made the key, which no server that runs knows',
  async () => {
    const parent = await dataDirectory();
    const data = join(parent, 'typo');
    const first = await runCli('token', '--data', data, '--user', 'ann');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(first.stderr).toContain(`${join(data, 'dev-issuer.json')} is a new key: `);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    const second = await runCli('token', '--data', data, '--user', 'ann');
    expect([second.code, second.stderr]).toEqual([0, '']);
  },
  SLOW,
);

test('settings that nobody reads, and a door that is open to strangers, are remarked on', () => {
  expect(settingRemarks(settingsOf(), { TACOS_PORT: '1', TACOS_REQUIRE: 'all', PATH: '' })).toEqual([]);
  expect(settingRemarks(settingsOf(), { TACOS_PORTT: '9' })).toEqual([
    'TACOS_PORTT is no setting, and has no effect: see serve --help for those there are',
  ]);
  expect(settingRemarks(settingsOf({ host: '0.0.0.0' }), {})).toEqual([
    expect.stringMatching(/^--host is 0\.0\.0\.0 with the dev profile: .* or --profile strict$/),
  ]);
});
