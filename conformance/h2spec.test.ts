import { expect, test } from 'vitest';
import { runSuite } from './run-suite.ts';

const TEN_MINUTES = 600_000;

test('h2spec passes, strictly, with every case, in the clear and over TLS', {
  timeout: TEN_MINUTES,
}, async (context) => {
  const { status, report } = await runSuite('h2spec', 'scripts/h2spec.sh', context);
  expect(status, report.slice(-20_000)).toBe(0);
  // Also a suite that skips everything ends well.
  const results = report.split('\n').filter((line) => /^(h2spec|\d+ tests)/.test(line));
  const passed = '146 tests, 146 passed, 0 skipped, 0 failed';
  expect(results).toEqual(['h2spec in the clear', passed, 'h2spec over TLS', passed]);
});
