import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { have } from '../lib/have.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const module = fileURLToPath(new URL('../grpc-go', import.meta.url));
const binary = fileURLToPath(new URL('../out/grpc-go', import.meta.url));

/** Builds the server in bench/grpc-go. `undefined`, with a line that says why, where that cannot be done. */
export function buildGrpcGo(): string | undefined {
  if (!have('go')) {
    console.log('Go was not found: grpc-go is left out.');
    return undefined;
  }
  mkdirSync(new URL('../out', import.meta.url), { recursive: true });
  const steps: readonly (readonly [string, string, ...string[]])[] = [
    [root, 'node_modules/.bin/buf', 'generate', '--template', 'bench/grpc-go/buf.gen.yaml'],
    [module, 'go', 'build', '-o', binary, '.'],
  ];
  for (const [cwd, command, ...args] of steps) {
    const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
    if (status !== 0) {
      console.log(`grpc-go is left out, it could not be built (${command} ${args[0]}):\n${stderr}`);
      return undefined;
    }
  }
  return binary;
}
