/**
 * Where the time of one server goes: the functions that were running themselves, most first.
 *
 *   bench/rpc/profile.sh [SERVER [SECONDS]]
 *
 * SERVER is a name of the table of bench/rpc.ts, `ours: all` unless told otherwise; with the name of a shape and a slash
 * before it, in that one: `connect/ours: all`, `grpc-tls/ours: bare`. Writes the profile to bench/out/profile.cpuprofile, for the developer tools of a browser.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generators, isThere } from './load.ts';
import { startServer } from './server-process.ts';
import { serversOf, shapeOf } from './servers.ts';
import { usual } from './shapes.ts';
import { issueToken } from './token.ts';
import { topFunctions } from './top-functions.ts';
import { verify } from './verify.ts';

const SHOWN = 40;
const WARM_UP_SECONDS = 3;
const out = fileURLToPath(new URL('../out', import.meta.url));

const [wanted = 'ours: all', seconds = '10'] = process.argv.slice(2);
const [, shapeName = usual.name, name = wanted] = /^([\w-]+)\/(.*)$/.exec(wanted) ?? [];
const shape = shapeOf(shapeName);
const { protocol } = shape;
const servers = serversOf(shape, undefined);
const server = servers.find((candidate) => candidate.name === name);
if (server === undefined) {
  const names = servers.map((one) => `${shape.name}/${one.name}`);
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
    const target = { port: running.port, token: server.needsToken ? token : undefined, shape };
    await verify(target);
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
