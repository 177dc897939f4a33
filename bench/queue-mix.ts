/**
 * The waiting room under load: 85 % of the calls ask for the status of a place, 15 % join, on the whole platform
 * under its strict profile, over gRPC and Connect; beside bare node:http2 and node:http, which answer the same
 * calls with constant bytes.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/queue-mix.ts [--quick | --profile]
 *
 * The server with all its threads is alone on one core, the load comes from another one. `--quick`: two short
 * rounds, to see that it works. `--profile`: no measurement; the functions of the server's main thread that ran
 * longest, and bench/out/queue-mix.cpuprofile for the developer tools of a browser.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from './lib/median.ts';
import { record } from './lib/results.ts';
import type { Order, Outcome } from './queue-mix/load.ts';
import { LOAD_CORE, pinned, type ServerProcess, startServer } from './rpc/server-process.ts';
import { nodeServers } from './rpc/servers.ts';
import { topFunctions } from './rpc/top-functions.ts';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } },
});
const effort = flags.quick
  ? { rounds: 2, seconds: 1, places: 2_000 }
  : { rounds: 5, seconds: 4, places: 20_000 };
const CONNECTIONS = 20;
const STREAMS = 20;
const PROFILE_SECONDS = 8;
const SHOWN = 45;
const titles = {
  grpc: `gRPC over HTTP/2, ${CONNECTIONS} connections × ${STREAMS} streams`,
  connect: `Connect over HTTP/1.1, ${CONNECTIONS} connections`,
} as const;
const peers = { grpc: 'node:http2', connect: 'node:http' } as const;
type Protocol = keyof typeof titles;

const folder = mkdtempSync(join(tmpdir(), 'bench-queue-mix-'));
const out = fileURLToPath(new URL('out', import.meta.url));
const path = (file: string): string => fileURLToPath(new URL(`queue-mix/${file}`, import.meta.url));
/** As the server is started, and the bare ones beside it. */
const NODE_FLAGS = [
  '--max-semi-space-size=64',
  '--max-inlined-bytecode-size=920',
  '--max-inlined-bytecode-size-cumulative=2500',
];
const node = [process.execPath, '--conditions=@traffic-tacos/source'];

const load = startLoad();
const loadEnded = once(load, 'exit').then(() => {
  throw new Error('the load has ended; expected it to measure');
});
// At the end it is meant to.
loadEnded.catch(() => undefined);
const running: ServerProcess[] = [];
try {
  if (flags.profile) {
    await profile();
  } else {
    const platform = await start('the platform', [...node, ...NODE_FLAGS, path('server.ts'), folder]);
    for (const protocol of ['grpc', 'connect'] as const) {
      await compare(protocol, platform);
    }
  }
} finally {
  load.kill();
  await Promise.all(running.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}

/** A sample, and the CPU that the server's process took for it. */
interface Sample extends Outcome {
  readonly serverCpuMicros: number;
}

async function compare(protocol: Protocol, platform: ServerProcess): Promise<void> {
  const peer = nodeServers.find((each) => each.name === peers[protocol] && each.protocol === protocol);
  if (peer === undefined) {
    throw new Error(`There is no server "${peers[protocol]}"`);
  }
  const bare = await start(peer.name, peer.command(NODE_FLAGS));
  const contenders = [
    { name: 'the platform', server: platform, bare: false, samples: [] as Sample[] },
    { name: peer.name, server: bare, bare: true, samples: [] as Sample[] },
  ];
  for (const { server, bare } of contenders) {
    // Gently: a server that has just started is slow, and its deadlines hold from the first call on.
    await ask({ ...order(protocol, server, bare), streams: 1, joins: bare ? 1 : effort.places });
    await ask({ ...order(protocol, server, bare), seconds: effort.seconds });
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (const { server, bare, samples } of contenders) {
      const before = server.cpuMicros();
      const outcome = await ask({ ...order(protocol, server, bare), seconds: effort.seconds });
      samples.push({ ...outcome, serverCpuMicros: server.cpuMicros() - before });
    }
  }
  await bare.stop();
  report(protocol, contenders);
}

async function profile(): Promise<void> {
  const begin = performance.now();
  const profiling = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${folder}/profiles`];
  const server = await start('the platform', [
    ...node,
    ...NODE_FLAGS,
    ...profiling,
    path('server.ts'),
    folder,
  ]);
  await ask({ ...order('grpc', server, false), streams: 1, joins: effort.places });
  const skipMs = performance.now() - begin;
  await ask({ ...order('grpc', server, false), seconds: PROFILE_SECONDS });
  await server.stop();
  const [file] = readdirSync(`${folder}/profiles`);
  if (file === undefined) {
    throw new Error(`the platform wrote no profile; expected one in ${folder}/profiles`);
  }
  mkdirSync(out, { recursive: true });
  const kept = `${out}/queue-mix.cpuprofile`;
  copyFileSync(`${folder}/profiles/${file}`, kept);
  console.table(topFunctions(JSON.parse(readFileSync(kept, 'utf8')), SHOWN, skipMs));
}

function order(protocol: Protocol, { port }: ServerProcess, bare: boolean): Order {
  return { port, protocol, bare, connections: CONNECTIONS, streams: STREAMS };
}

function report(
  protocol: Protocol,
  contenders: readonly { name: string; samples: readonly Sample[] }[],
): void {
  console.log(`${titles[protocol]}, medians of ${effort.rounds} × ${effort.seconds} s`);
  const rows = contenders.map(({ name, samples }) => {
    const middle = (of: (sample: Sample) => number): number => median(samples.map(of));
    return {
      name,
      rate: middle(({ calls, seconds }) => calls / seconds),
      cpu: middle(({ serverCpuMicros, calls }) => serverCpuMicros / calls),
      loadCpu: middle(({ cpuMicros, calls }) => cpuMicros / calls),
      p50: middle(({ p50Ms }) => p50Ms),
      p95: middle(({ p95Ms }) => p95Ms),
      p99: middle(({ p99Ms }) => p99Ms),
    };
  });
  const [ours, peer] = rows;
  if (ours === undefined || peer === undefined) {
    throw new Error('two servers are compared');
  }
  const ratio = ours.rate / peer.rate;
  console.table(
    rows.map(({ name, rate, cpu, loadCpu, p50, p95, p99 }) => ({
      server: name,
      'calls/s': Math.round(rate),
      'CPU µs': cpu.toFixed(1),
      'load µs': loadCpu.toFixed(1),
      'P50 ms': p50.toFixed(2),
      'P95 ms': p95.toFixed(2),
      'P99 ms': p99.toFixed(2),
      [`× ${peer.name}`]: name === ours.name ? ratio.toFixed(2) : '',
    })),
  );
  const measure = `queue-mix/${protocol}`;
  const rounded = (value: number): number => Number(value.toFixed(2));
  record([
    { measure: `${measure}/rate`, value: Math.round(ours.rate), unit: 'calls/s' },
    { measure: `${measure}/cpu`, value: rounded(ours.cpu), unit: 'µs/call' },
    { measure: `${measure}/p50`, value: ours.p50, unit: 'ms' },
    { measure: `${measure}/p95`, value: ours.p95, unit: 'ms' },
    { measure: `${measure}/p99`, value: ours.p99, unit: 'ms' },
    {
      measure: `${measure}/rate`,
      value: Math.round(ours.rate),
      unit: 'calls/s',
      peer: peer.name,
      ratio: rounded(ratio),
    },
  ]);
}

async function start(name: string, command: readonly string[]): Promise<ServerProcess> {
  const server = { name, protocol: 'grpc' as const, isOurs: true, needsToken: false, command: () => command };
  const started = await startServer(server);
  running.push(started);
  return started;
}

function startLoad(): ChildProcess {
  const [command, ...args] = pinned(LOAD_CORE, [...node, path('load.ts')]);
  return spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** @throws Error when the load ended because a call went wrong */
async function ask(order: Order): Promise<Outcome> {
  load.send(order);
  const [answer] = (await Promise.race([once(load, 'message'), loadEnded])) as [Outcome];
  return answer;
}
