import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { have } from '../lib/have.ts';
import type { ServerUnderLoad } from './servers.ts';

/** A server in a process of its own, alone on the first core. */
export interface ServerProcess {
  readonly port: number;
  readonly child: ChildProcess;
  /** Microseconds of CPU that all its threads have used so far. */
  cpuMicros(): number;
  stop(): Promise<void>;
}

/** Where the server runs, and where the load comes from. */
export const SERVER_CORE = '0';
export const LOAD_CORE = '1';

/** A command that stays on one core, where that can be had. */
export function pinned(core: string, command: readonly string[]): readonly [string, ...string[]] {
  const [first = '', ...rest] = have('taskset') ? ['taskset', '-c', core, ...command] : command;
  return [first, ...rest];
}

const START_MS = 20_000;

/** Starts a server and waits until it listens. @throws Error when it ends before, or takes longer than 20 s */
export async function startServer(
  server: ServerUnderLoad,
  nodeFlags: readonly string[] = [],
): Promise<ServerProcess> {
  const [command, ...args] = pinned(SERVER_CORE, server.command(nodeFlags));
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', GOMAXPROCS: '1' },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    const port = await listeningPort(child, server.name);
    return { port, child, stop, cpuMicros: () => cpuMicros(child.pid) };
  } catch (reason) {
    await stop();
    throw reason;
  }
}

function listeningPort({ stdout }: ChildProcess, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${name} ${why}; expected it to listen`));
    const timer = setTimeout(fail, START_MS, `said nothing for ${START_MS} ms`);
    if (stdout === null) {
      throw new TypeError('A server was started without standard output');
    }
    createInterface(stdout)
      .once('line', (line) => {
        clearTimeout(timer);
        const port = Number(/^listening on (\d+)$/.exec(line)?.[1]);
        port > 0 ? resolve(port) : fail(`said "${line}"`);
      })
      .once('close', () => fail('ended'));
  });
}

const TICKS_PER_SECOND = 100;

/** From the kernel's account of the process, which has all threads in it; a hundredth of a second is its grain. */
function cpuMicros(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the command is in parentheses and may contain anything; what follows it counts from field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks / TICKS_PER_SECOND) * 1_000_000;
}
