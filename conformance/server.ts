/**
 * The server under test. The suite starts one for each combination of HTTP version, protocol and TLS: it says on
 * standard input what it wants and is told on standard output where to find it.
 */
import { create } from '@bufbuild/protobuf';
import { Auth } from '@traffic-tacos/policy';
import { createServer, type ServerOptions, service } from '@traffic-tacos/server';
import { pino } from 'pino';
import { conformanceService } from './conformance-service.ts';
import { delimited, readDelimited } from './delimited.ts';
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from './gen/connectrpc/conformance/v1/server_compat_pb.js';
import { ConformanceService } from './gen/connectrpc/conformance/v1/service_pb.js';
import { plainErrors } from './plain-errors.ts';

const wanted = await readDelimited(ServerCompatRequestSchema, process.stdin);
const { serverCreds, clientTlsCert, messageReceiveLimit } = wanted;

const server = createServer({
  services: [service(ConformanceService, conformanceService)],
  policies: () => ({ auth: Auth.PUBLIC }),
  errors: plainErrors,
  http2: process.env.TACOS_HTTP2 as ServerOptions['http2'],
  // Refuses calls on a machine that is too slow for them, which the suite takes for an error.
  shedding: false,
  // Standard output is for the suite; what goes wrong in here is on standard error.
  logger: pino({ level: process.env.CONFORMANCE_LOG ?? 'silent' }, pino.destination({ dest: 2, sync: true })),
  ...(messageReceiveLimit > 0 && { limits: { maxRequestBytes: messageReceiveLimit } }),
  ...(wanted.useTls &&
    serverCreds !== undefined && {
      tls: {
        key: Buffer.from(serverCreds.key),
        cert: Buffer.from(serverCreds.cert),
        ...(clientTlsCert.length > 0 && {
          ca: Buffer.from(clientTlsCert),
          clientCertificate: 'require' as const,
        }),
      },
    }),
});

process.once('SIGTERM', () => {
  server.close({ graceMs: 0 }).then(
    () => process.exit(0),
    (reason: unknown) => {
      console.error(reason);
      process.exit(1);
    },
  );
});

// A suite that is killed does not end its servers.
const suite = process.ppid;
setInterval(() => process.ppid === suite || process.exit(1), 1000).unref();

const { host, port } = await server.listen({ port: 0 });
const pemCert = wanted.useTls ? serverCreds?.cert : undefined;
const found = create(ServerCompatResponseSchema, { host, port, ...(pemCert && { pemCert }) });
process.stdout.write(delimited(ServerCompatResponseSchema, found));
