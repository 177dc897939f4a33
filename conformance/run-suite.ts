import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { skipOrFail } from '../scripts/skip-or-fail.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What the scripts exit with where a suite cannot be had. */
const NO_GO = 3;

export interface Run {
  readonly status: number | null;
  readonly report: string;
}

/**
 * Runs the script of a suite to its end. Where the suite cannot be had the test is skipped, or fails.
 *
 * @param what - is run, such as `The Connect conformance suite`
 * @param flags - go to the suite
 * @param env - in addition to that of this process
 */
export async function runSuite(
  what: string,
  script: string,
  { signal, skip }: { readonly signal: AbortSignal; readonly skip: (note: string) => never },
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const child = spawn('sh', [script, ...flags], {
    cwd: root,
    env: { ...process.env, ...env },
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  const [status, ...output] = await Promise.all([ended, text(child.stderr), text(child.stdout)]);
  const report = output.join('');
  return status === NO_GO ? skipOrFail(what, report, skip) : { status, report };
}
