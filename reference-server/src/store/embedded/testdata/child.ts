import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A process that runs one of the programs of this folder. */
export interface Child {
  readonly process: ChildProcess;
  /** What it has written on its standard output so far, in whole lines. */
  readonly lines: () => readonly string[];
  /** Resolves with the first line that starts with the text; rejects when the process ends without one. */
  readonly line: (start: string) => Promise<string>;
  /** Ends it at once and for sure, and waits for that. */
  readonly kill: () => Promise<void>;
  /** Waits for its end. */
  readonly ended: Promise<void>;
}

/** Starts a program of this folder. It is killed when the current test ends. */
export function startChild(program: string, args: readonly string[], shellPrefix = ''): Child {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn('/bin/sh', ['-c', `${shellPrefix} exec "$0" "$@"`, process.execPath, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close').then(() => undefined);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const lines = (): readonly string[] => output.split('\n').slice(0, -1);
  const find = (start: string): string | undefined => lines().find((line) => line.startsWith(start));
  return {
    process: child,
    lines,
    kill,
    ended,
    line(start) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = find(start);
          if (found !== undefined) {
            resolve(found);
          }
        };
        child.stdout.on('data', look);
        ended.then(() => {
          look();
          reject(new Error(`${program} ended without a line "${start}…": ${output}`));
        });
        look();
      });
    },
  };
}
