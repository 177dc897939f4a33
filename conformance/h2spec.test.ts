import { expect, test } from 'vitest';
import { runSuite } from './run-suite.ts';

const TEN_MINUTES = 600_000;

test('h2spec passes, strictly, with every case', { timeout: TEN_MINUTES }, async (context) => {
  const { status, report } = await runSuite('h2spec', 'scripts/h2spec.sh', context);
  expect(status, report.slice(-20_000)).toBe(0);
  // Also a suite that skips everything ends well.
  expect(report).toContain('146 tests, 146 passed, 0 skipped, 0 failed');
});
