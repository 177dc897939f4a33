/**
 * How long a client waits for the whole map of a 10,000-seat arena: from the call of `WatchSeats` to the last chunk of
 * the snapshot, over a socket, on the platform with every policy on.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/watch-seats.ts [--quick]
 *
 * The server keeps the demo in memory and runs in the same process as the client, so what is measured includes the
 * client's own work: it looks at every block. Five calls to warm up, then twenty (`--quick`: three) one after the
 * other, each on a connection that is open already. `cold` is the first call of all, which also loads the seats.
 */
import { parseArgs } from 'node:util';
import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import { startTestServer } from '../reference-server/src/testing/index.ts';
import { median } from './lib/median.ts';
import { record } from './lib/results.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const RUNS = flags.quick ? 3 : 20;
const WARM_UP = 5;
const SEATS = 10_000;

/** Reads the snapshot to its end. @returns milliseconds, and chunks. */
async function snapshot(transport: Transport): Promise<{ ms: number; chunks: number }> {
  const stop = new AbortController();
  const from = performance.now();
  let seats = 0;
  let chunks = 0;
  const stream = createClient(InventoryService, transport).watchSeats(
    { eventId: 'arena' },
    { signal: stop.signal },
  );
  try {
    for await (const { payload } of stream) {
      if (payload.case === 'snapshot') {
        chunks++;
        seats += payload.value.blocks.reduce((sum, { statuses }) => sum + statuses.length, 0);
        if (payload.value.last) {
          break;
        }
      }
    }
  } finally {
    stop.abort();
  }
  if (seats !== SEATS) {
    throw new Error(`the snapshot has ${seats} seats; expected ${SEATS}`);
  }
  return { ms: performance.now() - from, chunks };
}

const server = await startTestServer();
try {
  const transports: Readonly<Record<string, Transport>> = {
    'grpc over HTTP/2': createGrpcTransport({ baseUrl: server.url }),
    'connect over HTTP/2': createConnectTransport({ baseUrl: server.url, httpVersion: '2' }),
    'connect over HTTP/1.1': createConnectTransport({ baseUrl: server.url, httpVersion: '1.1' }),
  };
  const rows: Record<string, object> = {};
  for (const [name, transport] of Object.entries(transports)) {
    const { ms: cold, chunks } = await snapshot(transport);
    for (let run = 1; run < WARM_UP; run++) {
      await snapshot(transport);
    }
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      times.push((await snapshot(transport)).ms);
    }
    const p50 = median(times);
    const p95 = times.toSorted((a, b) => a - b)[Math.ceil(0.95 * RUNS) - 1] ?? p50;
    rows[name] = {
      chunks,
      'cold ms': cold.toFixed(1),
      'P50 ms': p50.toFixed(1),
      'P95 ms': p95.toFixed(1),
    };
    const measure = `watch-seats/${name.replaceAll(' ', '-')}`;
    record([
      { measure: `${measure}/cold`, value: cold, unit: 'ms' },
      { measure: `${measure}/p50`, value: p50, unit: 'ms' },
      { measure: `${measure}/p95`, value: p95, unit: 'ms' },
    ]);
  }
  console.table(rows);
} finally {
  await server.close({ graceMs: 0 });
}
process.exit(0);
