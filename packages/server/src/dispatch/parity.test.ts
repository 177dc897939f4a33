import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { create, fromBinary, toBinary, toJsonString } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import { compressionBrotli, compressionGzip, connectNodeAdapter } from '@connectrpc/connect-node';
import { Auth } from '@traffic-tacos/policy';
import { pino } from 'pino';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createServer } from '../create-server.ts';
import { service } from '../service.ts';
import {
  type GetBookRequest,
  GetBookRequestSchema,
  GetBookResponseSchema,
  LibraryService,
} from '../testdata/gen/library/v1/library_pb.js';

// What connect-es answers to a request is what this server answers, too: the same implementation behind both, the
// same bytes to both.

const MAX_BYTES = 5000;
const PATH = '/library.v1.LibraryService/GetBook';

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

interface Peer {
  readonly port: number;
}

async function stock(version: 1 | 2): Promise<Peer> {
  const handler = connectNodeAdapter({
    routes: (router: ConnectRouter) => router.service(LibraryService, implementation),
    readMaxBytes: MAX_BYTES,
    jsonOptions: { ignoreUnknownFields: true },
    acceptCompression: [compressionGzip, compressionBrotli],
  });
  const server = version === 1 ? http.createServer(handler) : http2.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
}

async function ours(): Promise<Peer> {
  const server = createServer({
    services: [service(LibraryService, implementation)],
    policies: () => ({ auth: Auth.PUBLIC }),
    profile: { requireCredentials: false, requireIdempotencyKey: false },
    limits: { maxRequestBytes: MAX_BYTES },
    rateLimits: false,
    shedding: false,
    logger: pino({ level: 'silent' }),
  });
  return server.listen({ port: 0 });
}

interface Request {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array;
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  trailers: Record<string, unknown>;
  body: Buffer;
}

function send1({ port }: Peer, { method = 'POST', path = PATH, headers, body }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', method, path, headers, agent: false });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          trailers: response.trailers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.end(body);
  });
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

const send = { 1: send1, 2: send2 };

/** What of an answer a client sees, whatever way it took. */
function seen(answer: Answer) {
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

const proto = (bookId: string) => toBinary(GetBookRequestSchema, create(GetBookRequestSchema, { bookId }));
const json = (bookId: string) => Buffer.from(JSON.stringify({ bookId }));

function envelope(data: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(data.length, 1);
  return Buffer.concat([head, data]);
}

const books = ['dune', 'trailers', 'fail', 'fail-trailers', 'long', 'long-trailers', ''];
const sent = { 'x-sent': 'hello', 'x-other-bin': 'AAE' };
const requests: Record<string, Request> = {};

for (const type of ['application/proto', 'application/json', 'application/json; charset=utf-8']) {
  const encode = type.includes('json') ? json : proto;
  for (const book of books) {
    requests[`Connect ${type} ${book}`] = { headers: { 'content-type': type, ...sent }, body: encode(book) };
  }
  for (const accept of ['gzip', 'br', 'deflate, gzip', 'identity', 'nonsense']) {
    requests[`Connect ${type} accepting ${accept}`] = {
      headers: { 'content-type': type, 'accept-encoding': accept },
      body: encode('long'),
    };
  }
  requests[`Connect ${type} in gzip`] = {
    headers: { 'content-type': type, 'content-encoding': 'gzip' },
    body: gzipSync(encode('long')),
  };
  requests[`Connect ${type} in br`] = {
    headers: { 'content-type': type, 'content-encoding': 'br', 'accept-encoding': 'gzip' },
    body: brotliCompressSync(encode('long')),
  };
}
for (const type of ['grpc', 'grpc+proto', 'grpc+json', 'grpc-web', 'grpc-web+proto', 'grpc-web+json']) {
  const encode = type.includes('json') ? json : proto;
  const headers = { 'content-type': `application/${type}`, te: 'trailers' };
  for (const book of books) {
    requests[`${type} ${book}`] = { headers: { ...headers, ...sent }, body: envelope(encode(book)) };
  }
  for (const accept of ['gzip', 'br,gzip', 'identity', 'nonsense']) {
    requests[`${type} accepting ${accept}`] = {
      headers: { ...headers, 'grpc-accept-encoding': accept },
      body: envelope(encode('long')),
    };
  }
  requests[`${type} in gzip`] = {
    headers: { ...headers, 'grpc-encoding': 'gzip' },
    body: envelope(gzipSync(encode('long')), 1),
  };
  requests[`${type} that could be compressed, and is not`] = {
    headers: { ...headers, 'grpc-encoding': 'gzip' },
    body: envelope(encode('dune')),
  };
}
const read = `${PATH}?connect=v1&encoding=json&message=${encodeURIComponent('{"bookId":"dune"}')}`;
requests['Connect GET in JSON'] = { method: 'GET', path: read, headers: sent };
requests['Connect GET in JSON, failing'] = {
  method: 'GET',
  path: read.replace('dune', 'fail'),
  headers: sent,
};
requests['Connect GET in base64'] = {
  method: 'GET',
  path: `${PATH}?encoding=proto&base64=1&message=${Buffer.from(proto('dune')).toString('base64url')}`,
  headers: {},
};
requests['Connect GET, compressed'] = {
  method: 'GET',
  path: `${PATH}?encoding=proto&base64=1&compression=gzip&message=${gzipSync(proto('long')).toString('base64url')}`,
  headers: { 'accept-encoding': 'br' },
};
requests['Connect GET without an encoding'] = { method: 'GET', path: `${PATH}?message=x`, headers: {} };
requests['another HTTP method'] = { method: 'PUT', headers: { 'content-type': 'application/json' } };
requests['another content type'] = { headers: { 'content-type': 'text/plain' }, body: Buffer.from('{}') };
requests['no content type'] = { headers: {}, body: Buffer.from('{}') };

/** Requests for which the status is the same, and the words are better. */
const malformed: Record<string, Request> = {
  'Connect, no JSON': { headers: { 'content-type': 'application/json' }, body: Buffer.from('{"bookId"') },
  'Connect, empty JSON': { headers: { 'content-type': 'application/json' } },
  'Connect, wrong type in JSON': {
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"bookId":5}'),
  },
  'Connect, unknown compression': {
    headers: { 'content-type': 'application/proto', 'content-encoding': 'zip' },
    body: proto('dune'),
  },
  'Connect, broken gzip': {
    headers: { 'content-type': 'application/proto', 'content-encoding': 'gzip' },
    body: Buffer.from('no gzip'),
  },
  'Connect, malformed timeout': {
    headers: { 'content-type': 'application/proto', 'connect-timeout-ms': 'soon' },
    body: proto('dune'),
  },
  'Connect, too large': {
    headers: { 'content-type': 'application/proto' },
    body: proto('x'.repeat(MAX_BYTES)),
  },
  'Connect, a bomb': {
    headers: { 'content-type': 'application/proto', 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(10_000_000)),
  },
};
for (const type of ['grpc', 'grpc-web']) {
  const headers = { 'content-type': `application/${type}+proto`, te: 'trailers' };
  Object.assign(malformed, {
    [`${type}, no message`]: { headers },
    [`${type}, half a head`]: { headers, body: envelope(proto('dune')).subarray(0, 3) },
    [`${type}, half a message`]: { headers, body: envelope(proto('dune')).subarray(0, 8) },
    [`${type}, two messages`]: {
      headers,
      body: Buffer.concat([envelope(proto('dune')), envelope(proto('emma'))]),
    },
    [`${type}, a lying length`]: { headers, body: Buffer.from([0, 255, 255, 255, 255, 1]) },
    [`${type}, too large`]: { headers, body: envelope(proto('x'.repeat(MAX_BYTES))) },
    [`${type}, a bomb`]: {
      headers: { ...headers, 'grpc-encoding': 'gzip' },
      body: envelope(gzipSync(Buffer.alloc(10_000_000)), 1),
    },
    [`${type}, broken gzip`]: {
      headers: { ...headers, 'grpc-encoding': 'gzip' },
      body: envelope(Buffer.from('no gzip'), 1),
    },
    [`${type}, unknown compression`]: {
      headers: { ...headers, 'grpc-encoding': 'zip' },
      body: envelope(proto('dune'), 1),
    },
    [`${type}, malformed timeout`]: {
      headers: { ...headers, 'grpc-timeout': '1 second' },
      body: envelope(proto('dune')),
    },
  });
}

const peers: { ours: Peer; stock: Record<1 | 2, Peer> } = {
  ours: { port: 0 },
  stock: { 1: { port: 0 }, 2: { port: 0 } },
};
beforeAll(async () => {
  peers.ours = await ours();
  peers.stock = { 1: await stock(1), 2: await stock(2) };
});

const versions = [1, 2] as const;
const servedBy = (version: 1 | 2, request: Request) =>
  // gRPC needs trailers, which only HTTP/2 has for everybody.
  version === 2 || !/^application\/grpc(?!-web)/.test(request.headers['content-type'] ?? '');

test.each(
  Object.entries(requests).flatMap(([name, request]) =>
    versions.filter((version) => servedBy(version, request)).map((version) => ({ name, request, version })),
  ),
)('as connect-es over HTTP/$version: $name', async ({ request, version }) => {
  const [mine, theirs] = await Promise.all([
    send[version](peers.ours, request),
    send[version](peers.stock[version], request),
  ]);
  expect(seen(mine)).toEqual(seen(theirs));
});

test.each(
  Object.entries(malformed).flatMap(([name, request]) =>
    versions.filter((version) => servedBy(version, request)).map((version) => ({ name, request, version })),
  ),
)('the same status as connect-es over HTTP/$version: $name', async ({ request, version }) => {
  const [mine, theirs] = await Promise.all([
    send[version](peers.ours, request),
    send[version](peers.stock[version], request),
  ]);
  const status = (answer: Answer) => {
    const { status, grpcStatus, body } = seen(answer);
    const inBody = Array.isArray(body)
      ? body.flat().find((line: unknown) => String(line).startsWith('grpc-status:'))
      : (body as { code?: string }).code;
    return { status, code: grpcStatus ?? inBody };
  };
  expect(status(mine)).toEqual(status(theirs));
});

test.each(versions)("over HTTP/%i, what is no message of Protobuf is the client's fault", async (version) => {
  const headers = { 'content-type': 'application/grpc-web+proto' };
  const answer = await send[version](peers.ours, {
    headers,
    body: envelope(Buffer.from([255, 255, 255])),
  });
  expect(answer.body.toString()).toContain(`grpc-status: ${Code.InvalidArgument}\r\n`);
});

test.each(versions)('over HTTP/%i, JSON that is not UTF-8 is not taken for other text', async (version) => {
  const body = Buffer.concat([Buffer.from('{"bookId":"d'), Buffer.from([0xff]), Buffer.from('"}')]);
  const answer = await send[version](peers.ours, { headers: { 'content-type': 'application/json' }, body });
  expect(JSON.parse(answer.body.toString())).toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('UTF-8'),
  });
});

test.each(versions)('over HTTP/%i, gRPC-Web in base64 is the same in base64', async (version) => {
  const inBase64 = (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString('base64'));
  const framed = envelope(proto('trailers'));
  const pieces = Buffer.concat([inBase64(framed.subarray(0, 4)), inBase64(framed.subarray(4))]);
  const [text, binary] = await Promise.all([
    send[version](peers.ours, {
      headers: { 'content-type': 'application/grpc-web-text+proto' },
      body: pieces,
    }),
    send[version](peers.ours, { headers: { 'content-type': 'application/grpc-web+proto' }, body: framed }),
  ]);
  expect(text.headers['content-type']).toBe('application/grpc-web-text+proto');
  expect(Buffer.from(text.body.toString(), 'base64').toString('hex')).toBe(binary.body.toString('hex'));
});
