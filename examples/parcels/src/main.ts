/**
 * Serves parcels on one port: gRPC, gRPC-Web, Connect, REST, WebSocket.
 *
 *   node examples/parcels/src/main.ts [--port N]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createServer, service } from '@traffic-tacos/server';
import { ParcelService } from '../gen/parcels/v1/parcels_pb.js';
import { depot } from './depot.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '9000' } } });

const server = createServer({
  name: 'parcels',
  services: [service(ParcelService, depot(1_000))],
  descriptors: readFileSync(new URL('../gen/descriptor.binpb', import.meta.url)),
  // To try it out: whoever a request names is taken for the caller. Without this line only those get in whom
  // `authenticate` knows, such as createJwtAuthenticator({ issuer, audience, jwks: new URL(…) }).
  profile: { requireCredentials: false, requireIdempotencyKey: true },
});
const { url } = await server.listen({ port: Number(values.port) });
console.error(`Parcels are taken at ${url}; ${url}/docs shows how. Ctrl-C stops.`);
process.once('SIGINT', () => server.close());
process.once('SIGTERM', () => server.close());
