import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { type Logger, pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Caller, serviceCaller, userCaller } from '../caller.ts';
import { createServer } from '../create-server.ts';
import { errorModel } from '../errors/error-model.ts';
import { refuse } from '../errors/failure.ts';
import type { ServerOptions } from '../options.ts';
import type { Server } from '../server.ts';
import { service } from '../service.ts';
import { CauseSchema, ErrorCodeSchema, ErrorSchema } from './gen/library/v1/errors_pb.js';
import { DeskService, LibraryService } from './gen/library/v1/library_pb.js';
import { createLibrary, type Library } from './library.ts';
import { testedEngine } from './tested-engine.ts';

/** The library's descriptors, validation rules included. */
export const descriptors: Uint8Array = readFileSync(new URL('gen/descriptor.binpb', import.meta.url));

/** The library's errors. */
export const libraryErrors = errorModel({ error: ErrorSchema, detail: CauseSchema, codes: ErrorCodeSchema });

const callers: Record<string, Caller> = {
  ann: userCaller('ann'),
  bob: userCaller('bob'),
  van: serviceCaller('van', ['stock.write']),
  cart: serviceCaller('cart'),
  // A service by the name of a user, which acts for nobody.
  impostor: { kind: 'service', id: 'ann', scopes: [], actsForAnyone: false },
  chief: { kind: 'admin', id: 'chief', scopes: [], actsForAnyone: true },
};

/** Takes `Bearer ann` for Ann. */
export const authenticate: NonNullable<ServerOptions['authenticate']> = async ({ header }) => {
  const token = header.get('authorization')?.replace(/^Bearer /, '');
  if (token === undefined) {
    return undefined;
  }
  const caller = callers[token];
  if (caller === undefined) {
    throw refuse('UNAUTHENTICATED', 'the token is not valid');
  }
  return caller;
};

/** A line of the log. */
export type LogLine = Record<string, unknown>;

/** A logger whose lines can be read. */
export function recordingLogger(level = 'info'): { logger: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  return { logger: pino({ level }, sink), lines };
}

/** A library that is open. */
export interface Served {
  readonly server: Server;
  readonly library: Library;
  readonly lines: LogLine[];
  readonly url: string;
  readonly port: number;
}

/** Serves a library until the test is over. */
export async function serve(
  options: Partial<ServerOptions> = {},
  library: Library = createLibrary(),
): Promise<Served> {
  const { logger, lines } = recordingLogger();
  const server = createServer({
    services: [service(LibraryService, library.service), service(DeskService, library.desk)],
    descriptors,
    errors: libraryErrors,
    authenticate,
    logger,
    // A test calls as often and as much at once as it likes, on machines that are busy.
    rateLimits: false,
    shedding: false,
    http2: testedEngine,
    ...options,
  });
  const { url, port } = await server.listen({ port: 0 });
  onTestFinished(() => server.close({ graceMs: 0 }));
  return { server, library, lines, url, port };
}

/** What a protocol test runs over. */
export const transports: Record<string, (url: string) => Transport> = {
  'gRPC over HTTP/2': (baseUrl) => createGrpcTransport({ baseUrl }),
  'gRPC-Web over HTTP/1.1': (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
  'gRPC-Web over HTTP/2': (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '2' }),
  'Connect over HTTP/1.1': (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' }),
  'Connect over HTTP/2 in JSON': (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '2', useBinaryFormat: false }),
};

/** A client of a served library, over gRPC. */
export function grpcClient({ url }: Served) {
  return createClient(LibraryService, createGrpcTransport({ baseUrl: url }));
}

/** Headers of a caller. */
export function as(name: string): { headers: { authorization: string } } {
  return { headers: { authorization: `Bearer ${name}` } };
}
