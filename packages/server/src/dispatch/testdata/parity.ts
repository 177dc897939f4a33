import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { create, fromBinary, toBinary, toJsonString } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import { compressionBrotli, compressionGzip, connectNodeAdapter } from '@connectrpc/connect-node';
import { Auth } from '@traffic-tacos/policy';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createServer } from '../../create-server.ts';
import type { ServerOptions } from '../../options.ts';
import { service } from '../../service.ts';
import {
  type GetBookRequest,
  GetBookRequestSchema,
  GetBookResponseSchema,
  LibraryService,
} from '../../testdata/gen/library/v1/library_pb.js';
import { request } from '../../testdata/http.ts';
import { testedEngine } from '../../testdata/tested-engine.ts';

export { envelope } from '../../testdata/http.ts';

// What connect-es answers to a request is what this server answers, too: the same implementation behind both, the
// same bytes to both.

/** Of one message. */
export const MAX_BYTES = 5000;
export const PATH = '/library.v1.LibraryService/GetBook';

const implementation: Partial<ServiceImpl<typeof LibraryService>> = {
  getBook: ({ bookId }: GetBookRequest, context: HandlerContext) => {
    context.responseHeader.set('x-seen', context.requestHeader.get('x-sent') ?? 'nothing');
    context.responseHeader.set('x-about', `${context.requestMethod} ${context.protocolName}`);
    if (bookId.startsWith('trailers')) {
      context.responseTrailer.append('x-trailer', 'one');
      context.responseTrailer.append('x-trailer', 'two');
      context.responseTrailer.set('x-raw-bin', 'AAEC');
    }
    if (bookId.startsWith('fail')) {
      throw new ConnectError('no "such" böök, 100 %', Code.FailedPrecondition, { 'x-why': 'because' }, [
        { desc: GetBookRequestSchema, value: { bookId: 'detail' } },
      ]);
    }
    return { book: { bookId, title: bookId.startsWith('long') ? 'x'.repeat(3000) : bookId, free: 1 } };
  },
};

/** A server that listens. */
export interface Peer {
  readonly port: number;
}

/** connect-es as it comes, with whatever options. */
export async function stock(version: 1 | 2, options: Partial<ConnectRouterOptions> = {}): Promise<Peer> {
  const handler = connectNodeAdapter({
    routes: (router: ConnectRouter) => router.service(LibraryService, implementation),
    readMaxBytes: MAX_BYTES,
    jsonOptions: { ignoreUnknownFields: true },
    acceptCompression: [compressionGzip, compressionBrotli],
    ...options,
  });
  const server = version === 1 ? http.createServer(handler) : http2.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
}

/** This server. */
export async function ours(options: Partial<ServerOptions> = {}): Promise<Peer> {
  const server = createServer({
    services: [service(LibraryService, implementation)],
    policies: () => ({ auth: Auth.PUBLIC }),
    profile: { requireCredentials: false, requireIdempotencyKey: false },
    limits: { maxRequestBytes: MAX_BYTES },
    rateLimits: false,
    shedding: false,
    logger: pino({ level: 'silent' }),
    http2: testedEngine,
    ...options,
  });
  return server.listen({ port: 0 });
}

/** A request, byte for byte. */
export interface Request {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array;
}

/** What came back. */
export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  trailers: Record<string, unknown>;
  body: Buffer;
}

function send1({ port }: Peer, { method = 'POST', path = PATH, headers, body }: Request): Promise<Answer> {
  return request(port, { method, path, headers, body });
}

function send2({ port }: Peer, { method = 'POST', path = PATH, headers, body }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    session.on('error', reject);
    const stream = session.request({ ':method': method, ':path': path, ...headers });
    const answer: Answer = { status: 0, headers: {}, trailers: {}, body: Buffer.alloc(0) };
    stream.on('response', (received) => {
      answer.status = received[':status'] ?? 0;
      answer.headers = received;
    });
    stream.on('trailers', (received) => {
      answer.trailers = received;
    });
    stream.on('data', (chunk: Buffer) => {
      answer.body = Buffer.concat([answer.body, chunk]);
    });
    stream.on('error', reject);
    stream.on('end', () => resolve(answer));
    stream.end(body);
  });
}

/** Sends a request over either version of HTTP. */
export const send = { 1: send1, 2: send2 };

/** What of an answer a client sees, whatever way it took. */
export function seen(answer: Answer) {
  const all = { ...answer.headers, ...answer.trailers } as Record<string, string>;
  const own = Object.entries(all).filter(([name]) => /^x-(?:seen|about|trailer|raw-bin|why)$/.test(name));
  const trailing = Object.entries(all).filter(([name]) => name.startsWith('trailer-'));
  return {
    status: answer.status,
    // The same thing, in short.
    contentType: all['content-type']?.replace(/^(application\/grpc(?:-web)?)$/, '$1+proto'),
    encoding: all['content-encoding'],
    accepts: all['accept-encoding'] ?? all['grpc-accept-encoding'],
    grpcStatus: all['grpc-status'],
    grpcMessage: all['grpc-message'] && decodeURIComponent(all['grpc-message']),
    details: all['grpc-status-details-bin'],
    own: Object.fromEntries([...own, ...trailing].sort()),
    body: readable(answer, all),
  };
}

function readable(answer: Answer, all: Record<string, string>): unknown {
  const type = all['content-type'] ?? '';
  const encoding = all['content-encoding'] ?? all['grpc-encoding'];
  const plain = (bytes: Buffer) =>
    encoding === 'gzip' ? gunzipSync(bytes) : encoding === 'br' ? brotliDecompressSync(bytes) : bytes;
  if (answer.body.length === 0) {
    return '';
  }
  if (type.startsWith('application/grpc')) {
    const frames: unknown[] = [];
    for (let at = 0; at < answer.body.length; ) {
      const [flags = 0] = answer.body.subarray(at);
      const end = at + 5 + answer.body.readUInt32BE(at + 1);
      const data = answer.body.subarray(at + 5, end);
      frames.push(
        flags === 128 ? data.toString().split('\r\n').sort() : message(flags & 1 ? plain(data) : data, type),
      );
      at = end;
    }
    return frames;
  }
  const bytes = all['content-encoding'] === undefined ? answer.body : plain(answer.body);
  return answer.status === 200 ? message(bytes, type) : JSON.parse(bytes.toString());
}

function message(bytes: Buffer, type: string): unknown {
  return type.includes('json')
    ? JSON.parse(bytes.toString())
    : toJsonString(GetBookResponseSchema, fromBinary(GetBookResponseSchema, bytes));
}

export const proto = (bookId: string) =>
  toBinary(GetBookRequestSchema, create(GetBookRequestSchema, { bookId }));
export const json = (bookId: string) => Buffer.from(JSON.stringify({ bookId }));

/** Both servers. */
export interface Peers {
  readonly ours: Peer;
  readonly stock: Record<1 | 2, Peer>;
}

/** Starts both for the tests of a file. */
export async function bothPeers(
  own: Partial<ServerOptions> = {},
  theirs: Partial<ConnectRouterOptions> = {},
): Promise<Peers> {
  return { ours: await ours(own), stock: { 1: await stock(1, theirs), 2: await stock(2, theirs) } };
}

/** What both answer to a request. */
export function askBoth(peers: Peers, version: 1 | 2, request: Request): Promise<[Answer, Answer]> {
  return Promise.all([send[version](peers.ours, request), send[version](peers.stock[version], request)]);
}

/** Each request with each version of HTTP that carries its protocol. */
export function inVersions(requests: Readonly<Record<string, Request>>) {
  return Object.entries(requests).flatMap(([name, request]) =>
    versions.filter((version) => servedBy(version, request)).map((version) => ({ name, request, version })),
  );
}

/** Of HTTP. */
export const versions = [1, 2] as const;
const servedBy = (version: 1 | 2, request: Request) =>
  // gRPC needs trailers, which only HTTP/2 has for everybody.
  version === 2 || !/^application\/grpc(?!-web)/.test(request.headers['content-type'] ?? '');

/** The status of an answer, wherever its protocol says it. */
export function statusOf(answer: Answer): { readonly status: number; readonly code: unknown } {
  const { status, grpcStatus, body } = seen(answer);
  const inBody = Array.isArray(body)
    ? body.flat().find((line: unknown) => String(line).startsWith('grpc-status:'))
    : (body as { code?: string }).code;
  return { status, code: grpcStatus ?? inBody };
}

/** What the handler does is in the id of the book. */
export const books = ['dune', 'trailers', 'fail', 'fail-trailers', 'long', 'long-trailers', ''];
/** Metadata of requests. */
export const sent = { 'x-sent': 'hello', 'x-other-bin': 'AAE' };
