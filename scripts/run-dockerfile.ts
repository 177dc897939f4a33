/**
 * Carries out the stages of the reference server's Dockerfile in folders, on what is committed, then starts the server
 * as the image would and asks its health check. Shows that the stages fit together; not that the base images do.
 *
 *   scripts/with-node.sh node scripts/run-dockerfile.ts
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { copyOf, type Stage, stagesOf, variablesOf, wordsOf } from './dockerfile.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'dockerfile-'));
/** What stands in for the root folders of the stages, by their names. */
const roots = new Map<string, string>();
const context = join(work, 'context');

/** Seconds that the server has to become ready. */
const PATIENCE = 120;

function build({ name, instructions }: Stage): { readonly root: string; readonly workdir: string } {
  const root = join(work, `stage-${name}`);
  roots.set(name, root);
  let workdir = '/';
  for (const { name: instruction, text } of instructions) {
    if (instruction === 'WORKDIR') {
      workdir = text;
      mkdirSync(join(root, workdir), { recursive: true });
    } else if (instruction === 'COPY') {
      copy(text, join(root, workdir));
    } else if (instruction === 'RUN') {
      run(name, text, root, workdir);
    }
  }
  return { root, workdir };
}

function copy(text: string, workdir: string): void {
  const { stage, sources, target } = copyOf(text);
  const from = stage === undefined ? context : roots.get(stage);
  for (const source of sources) {
    const path = join(from ?? '', source);
    // Of a folder Docker copies what is in it; a file goes into a target that ends with a slash.
    const to = join(workdir, target, statSync(path).isDirectory() ? '' : basename(source));
    cpSync(path, to, { recursive: true, verbatimSymlinks: true });
  }
}

function run(stage: string, command: string, root: string, workdir: string): void {
  process.stdout.write(`[${stage}] ${command}\n`);
  if (command.startsWith('mkdir -m 700 /data')) {
    // Folders at the root of an image belong to its root folder here, and no other user is there to own them.
    mkdirSync(join(root, 'data'), { mode: 0o700 });
    return;
  }
  execFileSync('/bin/sh', ['-c', command], {
    cwd: join(root, workdir),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

try {
  mkdirSync(context);
  const archive = execFileSync('git', ['archive', 'HEAD'], { cwd: repository, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x', '-C', context], { input: archive });
  const stages = stagesOf(readFileSync(join(context, 'reference-server/Dockerfile'), 'utf8'));
  const { root, workdir } = stages.map(build).at(-1) ?? { root: '', workdir: '' };

  const textOf = (name: string): string =>
    stages.at(-1)?.instructions.find((instruction) => instruction.name === name)?.text ?? '';
  const env = {
    PATH: process.env.PATH,
    ...variablesOf(textOf('ENV')),
    TACOS_PORT: String(await freePort()),
    TACOS_HOST: '127.0.0.1',
    TACOS_DATA: join(root, 'data'),
    TACOS_PROFILE: 'dev',
    TACOS_DEMO: 'true',
  };
  const options = { cwd: join(root, workdir), env } as const;
  const [program = '', ...args] = [...wordsOf(textOf('ENTRYPOINT')), ...wordsOf(textOf('CMD'))];
  const server = spawn(program, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  const [probe = '', ...probed] = wordsOf(textOf('HEALTHCHECK'));
  let healthy = false;
  for (let second = 0; !healthy && second < PATIENCE && server.exitCode === null; second++) {
    await pause(1_000);
    healthy = spawnSync(probe, probed, options).status === 0;
  }
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const [code] = await ended;
  process.stdout.write(`health check: ${healthy ? 'ready' : 'not ready'}; stopped with exit code ${code}\n`);
  process.exitCode = healthy && code === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
