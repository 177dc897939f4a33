/**
 * Where the time of one server goes: the functions that were running themselves, most first.
 *
 *   bench/rpc/profile.sh [SERVER [SECONDS]]
 *
 * SERVER is a name of the table of bench/rpc.ts, `ours: all` unless told otherwise; with `connect/` before it, over
 * Connect and HTTP/1.1. Writes the profile to bench/out/profile.cpuprofile, for the developer tools of a browser.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generators, isThere } from './load.ts';
import { startServer } from './server-process.ts';
import { nodeServers, type Protocol } from './servers.ts';
import { issueToken } from './token.ts';
import { topFunctions } from './top-functions.ts';
import { verify } from './verify.ts';

const SHOWN = 40;
const WARM_UP_SECONDS = 3;
const out = fileURLToPath(new URL('../out', import.meta.url));

const [wanted = 'ours: all', seconds = '10'] = process.argv.slice(2);
const protocol: Protocol = wanted.startsWith('connect/') ? 'connect' : 'grpc';
const name = wanted.replace(/^(connect|grpc)\//, '');
const server = nodeServers.find((candidate) => candidate.name === name && candidate.protocol === protocol);
if (server === undefined) {
  const names = nodeServers.map((one) => (one.protocol === 'connect' ? `connect/${one.name}` : one.name));
  throw new Error(`There is no server "${wanted}"; expected one of ${names.join(', ')}`);
}

if (isThere(generators[protocol])) {
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(`${out}/profile-`);
  const token = await issueToken();
  const begin = performance.now();
  let skipMs = 0;
  const running = await startServer(server, [
    '--cpu-prof',
    '--cpu-prof-interval=500',
    `--cpu-prof-dir=${folder}`,
  ]);
  try {
    const target = { port: running.port, token: server.needsToken ? token : undefined };
    await verify(protocol, target);
    await generators[protocol].put(target, WARM_UP_SECONDS);
    skipMs = performance.now() - begin;
    const load = await generators[protocol].put(target, Number(seconds));
    console.log(`${wanted}: ${Math.round(load.perSecond)} calls/s under the profiler`);
  } finally {
    await running.stop();
  }
  const [file] = readdirSync(folder);
  if (file === undefined) {
    throw new Error(`${name} wrote no profile; expected one in ${folder}`);
  }
  renameSync(`${folder}/${file}`, `${out}/profile.cpuprofile`);
  rmSync(folder, { recursive: true });
  console.table(topFunctions(JSON.parse(readFileSync(`${out}/profile.cpuprofile`, 'utf8')), SHOWN, skipMs));
}
