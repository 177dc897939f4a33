/**
 * Memory of a server after many calls, with every policy on: what it keeps, not what it has not yet given back.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/memory.ts [--quick]
 *
 * After 1, 2, 5 and 10 million gRPC calls (some minutes; `--quick`: a hundredth of that), each time after garbage
 * collection. A server that leaks a hundred bytes a call would grow by 900 MB from the first figure to the last.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { record } from './lib/results.ts';
import { generators, isThere, putCalls } from './rpc/load.ts';
import { startServer } from './rpc/server-process.ts';
import { nodeServers } from './rpc/servers.ts';
import { usual } from './rpc/shapes.ts';
import { issueToken } from './rpc/token.ts';
import { verify } from './rpc/verify.ts';

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

const MEBIBYTE = 1024 * 1024;
const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const marks = [1, 2, 5, 10].map((millions) => millions * (flags.quick ? 10_000 : 1_000_000));

async function run(): Promise<void> {
  const server = nodeServers.find(({ name, protocol }) => name === 'ours: all' && protocol === 'grpc');
  if (server === undefined) {
    throw new Error('There is no server with every policy on');
  }
  const token = await issueToken();
  const process = await startServer(server);
  const target = { port: process.port, token, shape: usual };
  const memory = async (): Promise<Memory> => {
    process.child.send('memory');
    const [answer] = (await once(process.child, 'message')) as [Memory];
    return answer;
  };
  try {
    await verify(target);
    const rows: Record<string, string>[] = [];
    let calls = 0;
    for (const mark of marks) {
      await putCalls(target, mark - calls);
      calls = mark;
      const { rss, heapUsed, external } = await memory();
      const mebibytes = { rss: rss / MEBIBYTE, heap: heapUsed / MEBIBYTE, external: external / MEBIBYTE };
      rows.push({
        calls: calls.toLocaleString('en'),
        ...Object.fromEntries(
          Object.entries(mebibytes).map(([name, value]) => [`${name} MiB`, value.toFixed(1)]),
        ),
      });
      record(
        Object.entries(mebibytes).map(([name, value]) => ({
          measure: `memory/${name} after ${calls} calls`,
          value: Math.round(value * 10) / 10,
          unit: 'MiB',
        })),
      );
    }
    await verify(target);
    console.table(rows);
  } finally {
    await process.stop();
  }
}

if (isThere(generators.grpc)) {
  await run();
}
