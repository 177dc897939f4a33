/**
 * Speed of unary calls beside the usual servers: gRPC over HTTP/2 and Connect over HTTP/1.1.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/rpc.ts [--quick] [--shape NAME]... [--only TEXT]...
 *
 * Each server is a process alone on one core, the load comes from another one (h2load, wrk) in the shapes of
 * rpc/shapes.ts; medians of nine rounds in turns. `--quick`: two short rounds, to see that it works. `--shape`: these
 * alone, e.g. `--shape grpc-64x1`. `--only`: the server of this name, or all whose names contain the text, e.g.
 * `--only "ours: bare" --only grpc`.
 */
import { parseArgs } from 'node:util';
import { have } from './lib/have.ts';
import { record } from './lib/results.ts';
import { buildGrpcGo } from './rpc/grpc-go.ts';
import { generators, isThere } from './rpc/load.ts';
import { type Effort, measure } from './rpc/measure.ts';
import { print, resultsOf } from './rpc/report.ts';
import { serversOf, shapeOf } from './rpc/servers.ts';
import { shapes } from './rpc/shapes.ts';
import { issueToken } from './rpc/token.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    shape: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
  },
});
const effort: Effort = flags.quick
  ? { rounds: 2, secondsPerRound: 1, warmUpSeconds: 1 }
  : { rounds: 9, secondsPerRound: 2, warmUpSeconds: 3 };

/** Those that were asked for. */
const wanted = (names: readonly string[]): readonly string[] =>
  flags.only?.flatMap((text) =>
    names.includes(text) ? text : names.filter((name) => name.includes(text)),
  ) ?? names;
const goBinary = wanted(['grpc-go']).length > 0 ? buildGrpcGo() : undefined;
if (!have('taskset')) {
  console.log('taskset was not found: servers and load share all cores.');
}

const token = await issueToken();
for (const shape of flags.shape?.map(shapeOf) ?? shapes) {
  const servers = serversOf(shape, goBinary);
  const names = wanted(servers.map(({ name }) => name));
  const chosen = servers.filter(({ name }) => names.includes(name));
  if (chosen.length === 0 || !isThere(generators[shape.protocol])) {
    continue;
  }
  console.log(`${shape.title}, medians of ${effort.rounds} × ${effort.secondsPerRound} s`);
  const figures = await measure(shape, chosen, token, effort);
  print(figures);
  record(resultsOf(shape, figures));
}
