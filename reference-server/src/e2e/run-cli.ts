import { text } from 'node:stream/consumers';
import { spawnCliAfter } from './child-server.ts';

/** What a command that ends has said. */
export interface CommandOutput {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the server's command line in a process of its own, to its end. */
export function runCli(...args: readonly string[]): Promise<CommandOutput> {
  return runCliAfter('', ...args);
}

/** The same, after a shell has done something for that process: set a limit, say. */
export async function runCliAfter(shell: string, ...args: readonly string[]): Promise<CommandOutput> {
  const child = spawnCliAfter(shell, ...args);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
