/**
 * Serves parcels on one port: gRPC, gRPC-Web, Connect, REST, WebSocket.
 *
 *   node examples/parcels/src/main.ts [--port 0..65535]
 */
import { readFileSync } from 'node:fs';
import { createServer, service } from '@traffic-tacos/server';
import { ParcelService } from '../gen/parcels/v1/parcels_pb.js';
import { depot } from './depot.ts';
import { portOf } from './port.ts';

/** Ends with one line that says what is wrong. */
function end(why: unknown): never {
  console.error(why instanceof Error ? why.message : why);
  process.exit(1);
}

const port = portOf(process.argv.slice(2), end);
const server = createServer({
  name: 'parcels',
  services: [service(ParcelService, depot(1_000))],
  descriptors: readFileSync(new URL('../gen/descriptor.binpb', import.meta.url)),
  // To try it out: whoever a request names is taken for the caller. Without this line only those get in whom
  // `authenticate` knows, such as createJwtAuthenticator({ issuer, audience, jwks: new URL(…) }).
  profile: { requireCredentials: false, requireIdempotencyKey: true },
});
const { url } = await server
  .listen({ port })
  .catch((reason: Error) => end(`${reason.message}: give another with --port`));
console.error(`Parcels are taken at ${url}; ${url}/docs shows how. Ctrl-C stops.`);
process.once('SIGINT', () => server.close());
process.once('SIGTERM', () => server.close());
