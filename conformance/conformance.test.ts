import { expect, test } from 'vitest';
import { runSuite } from './run-suite.ts';

const TEN_MINUTES = 600_000;

test('the Connect conformance suite passes', { timeout: TEN_MINUTES }, async (context) => {
  const { status, report } = await runSuite(
    'The Connect conformance suite',
    'scripts/conformance.sh',
    context,
  );
  expect(status, report.slice(-20_000)).toBe(0);
  // A suite that selects no cases passes as well.
  const [, cases] = /Total cases: (\d+)\n/.exec(report) ?? [];
  expect(Number(cases)).toBeGreaterThan(5_000);
});
