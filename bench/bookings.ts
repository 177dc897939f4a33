/**
 * Complete bookings of the whole platform, durable: 8 calls and two seats each. Every policy is on but the rate limits,
 * which would take all buyers for one.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/bookings.ts [--quick]
 *
 * `in process`: buyers and platform in one process on one core, without sockets. `gRPC`: the platform alone on one
 * core, the buyers on another one, over cleartext HTTP/2. `--quick`: short, to see that it works.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createClient } from '@connectrpc/connect';
import { QueueService } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import { CALLS } from './bookings/book.ts';
import { grpcTransport } from './bookings/grpc-transport.ts';
import { type Figures, load } from './bookings/load.ts';
import { have } from './lib/have.ts';
import { record } from './lib/results.ts';
import { pinned, SERVER_CORE, startServer } from './rpc/server-process.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
/** Seconds in which the code is compiled and the caches fill; a booking is far more code than a single call. */
const warmUp = flags.quick ? 0.5 : 20;
const seconds = flags.quick ? 1 : 10;
const BUYERS = [16, 64, 256];
const CONNECTIONS = 8;

type Measured = Figures & { readonly cpuMicros: number };

const script = (name: string): string => fileURLToPath(new URL(`bookings/${name}.ts`, import.meta.url));
const node = (flags: readonly string[], name: string): string[] => [
  process.execPath,
  // As the server is started.
  '--max-semi-space-size=64',
  '--max-inlined-bytecode-size=920',
  '--max-inlined-bytecode-size-cumulative=2500',
  '--conditions=@traffic-tacos/source',
  ...flags,
  script(name),
];

async function inProcess(buyers: number): Promise<Measured> {
  const [command, ...args] = pinned(SERVER_CORE, [
    ...node([], 'in-process'),
    ...[buyers, warmUp, seconds].map(String),
  ]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) {
    throw new Error(`The bookings in process ended with code ${code}`);
  }
  return JSON.parse(output) as Measured;
}

async function overGrpc(buyers: number): Promise<Measured> {
  const server = await startServer({
    name: 'bookings',
    protocol: 'grpc',
    isOurs: true,
    needsToken: false,
    command: (nodeFlags) => node(nodeFlags, 'serve'),
  });
  const transport = grpcTransport(`http://127.0.0.1:${server.port}`, CONNECTIONS);
  try {
    const shop = {
      queue: createClient(QueueService, transport),
      reservations: createClient(ReservationService, transport),
      payments: createClient(PaymentService, transport),
    };
    const { bookings } = await load(shop, { buyers, seconds: warmUp, first: 0 });
    const before = server.cpuMicros();
    const figures = await load(shop, { buyers, seconds, first: bookings });
    return { ...figures, cpuMicros: (server.cpuMicros() - before) / figures.bookings };
  } finally {
    transport.close();
    await server.stop();
  }
}

if (!have('taskset')) {
  console.log('taskset was not found: server and load share all cores.');
}
const rows = [];
for (const [way, measure] of [
  ['in process', inProcess],
  ['gRPC', overGrpc],
] as const) {
  for (const buyers of BUYERS) {
    const figures = await measure(buyers);
    const figure = `bookings/${way}, ${buyers} buyers`;
    record([
      { measure: `${figure}/rate`, value: Math.round(figures.perSecond), unit: '1/s' },
      { measure: `${figure}/p95`, value: Number(figures.p95.toFixed(1)), unit: 'ms' },
      { measure: `${figure}/cpu`, value: Math.round(figures.cpuMicros), unit: 'µs' },
    ]);
    rows.push({
      way,
      buyers,
      'bookings/s': Math.round(figures.perSecond),
      'calls/s': Math.round(figures.perSecond * CALLS),
      'P50 ms': figures.p50.toFixed(1),
      'P95 ms': figures.p95.toFixed(1),
      'P99 ms': figures.p99.toFixed(1),
      'CPU µs each': Math.round(figures.cpuMicros),
    });
  }
}
console.table(rows);
