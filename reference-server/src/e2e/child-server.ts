import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The server as a process of its own, as it is started from a terminal. */
export interface ChildServer {
  readonly url: string;
  readonly pid: number;
  /** Ends it without any warning. */
  readonly kill: () => Promise<void>;
  /** Asks it to stop. @returns its exit code. */
  readonly stop: () => Promise<number | null>;
  /** Waits until it ends by itself. @returns its exit code. */
  readonly ended: () => Promise<number | null>;
  /** The lines of its log so far. */
  readonly log: () => readonly string[];
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Starts a process with the server's command line, and reads its output. */
export function spawnCli(...args: readonly string[]) {
  return spawnCliAfter('', ...args);
}

/** The same, after a shell has done something for that process: set a limit, say. */
export function spawnCliAfter(shell: string, ...args: readonly string[]) {
  const command = [process.execPath, '--conditions=@traffic-tacos/source', 'reference-server/src/bin.ts'];
  return spawn('/bin/sh', ['-c', `${shell} exec "$0" "$@"`, ...command, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Serves from a data directory in a process of its own, which ends with the test at the latest. */
export function childServer(data: string, ...flags: readonly string[]): Promise<ChildServer> {
  return childServerAfter('', data, ...flags);
}

/** The same, after a shell has done something for that process: set a limit, say. */
export async function childServerAfter(
  shell: string,
  data: string,
  ...flags: readonly string[]
): Promise<ChildServer> {
  const child = spawnCliAfter(shell, 'serve', '--port', '0', '--data', data, ...flags);
  const exited = once(child, 'exit');
  const ended = async (): Promise<number | null> => ((await exited) as [number | null])[0];
  const end = (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    return ended();
  };
  onTestFinished(async () => {
    await end('SIGKILL');
  });
  let complaints = '';
  const log: string[] = [];
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      const { level, msg, url } = JSON.parse(line) as { level?: string; msg?: string; url?: string };
      if (level === 'error' || level === 'fatal') {
        // Its callers are told nothing of the cause.
        process.stderr.write(`${line}\n`);
      }
      if (msg === 'listening' && url !== undefined) {
        resolve(url);
      }
    });
    exited.then(() => reject(new Error(`the server ended before it listened: ${complaints}`)), reject);
  });
  return {
    url,
    // The shell has become the server.
    pid: child.pid as number,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    ended,
    log: () => log,
  };
}
