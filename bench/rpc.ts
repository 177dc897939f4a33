/**
 * Speed of unary calls beside the usual servers: gRPC over cleartext HTTP/2 and Connect over HTTP/1.1.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/rpc.ts [--quick] [--only TEXT]...
 *
 * Each server is a process alone on one core, the load comes from another one (h2load, wrk): 20 connections, with 20
 * streams each over HTTP/2; medians of nine rounds in turns. `--quick`: two short rounds, to see that it works.
 * `--only`: servers whose names contain the text, e.g. `--only bare --only grpc-js`.
 */
import { parseArgs } from 'node:util';
import { have } from './lib/have.ts';
import { record } from './lib/results.ts';
import { buildGrpcGo } from './rpc/grpc-go.ts';
import { generators, isThere } from './rpc/load.ts';
import { type Effort, measure } from './rpc/measure.ts';
import { print, resultsOf } from './rpc/report.ts';
import { grpcGo, nodeServers, type Protocol } from './rpc/servers.ts';
import { issueToken } from './rpc/token.ts';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', multiple: true } },
});
const effort: Effort = flags.quick
  ? { rounds: 2, secondsPerRound: 1, warmUpSeconds: 1 }
  : { rounds: 9, secondsPerRound: 2, warmUpSeconds: 3 };
const titles: Readonly<Record<Protocol, string>> = {
  grpc: 'gRPC over HTTP/2, 20 connections × 20 streams',
  connect: 'Connect over HTTP/1.1, 20 connections',
};

const wanted = (name: string): boolean => flags.only?.some((text) => name.includes(text)) ?? true;
const goBinary = wanted('grpc-go') ? buildGrpcGo() : undefined;
const servers = [...nodeServers, ...(goBinary === undefined ? [] : [grpcGo(goBinary)])];
if (!have('taskset')) {
  console.log('taskset was not found: servers and load share all cores.');
}

const token = await issueToken();
for (const protocol of ['grpc', 'connect'] as const) {
  const chosen = servers.filter((server) => server.protocol === protocol && wanted(server.name));
  if (chosen.length === 0 || !isThere(generators[protocol])) {
    continue;
  }
  console.log(`${titles[protocol]}, medians of ${effort.rounds} × ${effort.secondsPerRound} s`);
  const figures = await measure(protocol, chosen, token, effort);
  print(figures);
  record(resultsOf(protocol, figures));
}
