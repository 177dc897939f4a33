import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { skipOrFail } from '../scripts/skip-or-fail.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const TEN_MINUTES = 600_000;

/** What scripts/conformance.sh exits with where the suite cannot be had. */
const NO_GO = 3;

interface Run {
  readonly status: number | null;
  readonly report: string;
}

async function runSuite(signal: AbortSignal): Promise<Run> {
  const child = spawn('sh', ['scripts/conformance.sh'], {
    cwd: root,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  const [status, ...output] = await Promise.all([ended, text(child.stderr), text(child.stdout)]);
  return { status, report: output.join('') };
}

test('the Connect conformance suite passes', { timeout: TEN_MINUTES }, async ({ signal, skip }) => {
  const { status, report } = await runSuite(signal);
  if (status === NO_GO) {
    skipOrFail('The Connect conformance suite', report, skip);
  }
  expect(status, report.slice(-20_000)).toBe(0);
  // A suite that selects no cases passes as well.
  const [, cases] = /Total cases: (\d+)\n/.exec(report) ?? [];
  expect(Number(cases)).toBeGreaterThan(5_000);
});
