import { expect, test } from 'vitest';
import { program } from '../cli/program.ts';
import { readSettings, settingInfos } from '../config/index.ts';
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

test.each([
  ['--no-demo', {}, false],
  ['nothing', {}, true],
  ['TACOS_DEMO', { TACOS_DEMO: 'false' }, false],
])('the demo follows %s', (how, env, expected) => {
  const flags = how === '--no-demo' ? { demo: false } : {};
  expect(readSettings(flags, env).demo).toBe(expected);
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
  [{ profile: 'strict' }, {}, '--profile is "strict", which this server does not have; use dev'],
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
