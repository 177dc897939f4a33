import { expect, test } from 'vitest';
import { runSuite } from './run-suite.ts';

const TEN_MINUTES = 600_000;
const SUITE = 'The Connect conformance suite';

test.each([
  ['by default', [], {}, 5_000],
  ['over node:http2', ['--run', '**/HTTPVersion:2/**'], { TACOS_HTTP2: 'node' }, 3_000],
] as const)(
  'the Connect conformance suite passes %s',
  { timeout: TEN_MINUTES },
  async (_how, flags, env, atLeast, context) => {
    const { status, report } = await runSuite(SUITE, 'scripts/conformance.sh', context, flags, env);
    expect(status, report.slice(-20_000)).toBe(0);
    // A suite that selects no cases passes as well.
    const [, cases] = /Total cases: (\d+)\n/.exec(report) ?? [];
    expect(Number(cases)).toBeGreaterThan(atLeast);
  },
);
