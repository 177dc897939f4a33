import { expect, type TestContext, test } from 'vitest';
import { runSuite } from './run-suite.ts';

const TEN_MINUTES = 600_000;

/** @param atLeast - cases: a suite that selects none passes as well */
async function expectPass(
  context: TestContext,
  atLeast: number,
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const suite = 'The Connect conformance suite';
  const { status, report } = await runSuite(suite, 'scripts/conformance.sh', context, flags, env);
  expect(status, report.slice(-20_000)).toBe(0);
  const [, cases] = /Total cases: (\d+)\n/.exec(report) ?? [];
  expect(Number(cases)).toBeGreaterThan(atLeast);
}

test('the Connect conformance suite passes', { timeout: TEN_MINUTES }, (context) =>
  expectPass(context, 5_000),
);

test('the Connect conformance suite passes over node:http2', { timeout: TEN_MINUTES }, (context) =>
  expectPass(context, 3_000, ['--run', '**/HTTPVersion:2/**'], { TACOS_HTTP2: 'node' }),
);
