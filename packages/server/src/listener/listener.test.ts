import http from 'node:http';
import http2 from 'node:http2';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createClient } from '@connectrpc/connect';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf } from '../testdata/failure-of.ts';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../testdata/library.ts';
import { grpcClient, type Served, serve, transports } from '../testdata/serve.ts';

const GET_BOOK = '/library.v1.LibraryService/GetBook';
const json = { 'content-type': 'application/json' };

/** A bare connection that collects what it receives. */
function dial({ port }: Served): { socket: Socket; received: () => string; closed: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  onTestFinished(() => {
    socket.destroy();
  });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, received: () => text, closed };
}

function dialHttp2({ url }: Served, options: http2.ClientSessionOptions = {}): http2.ClientHttp2Session {
  const session = http2.connect(url, options);
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  return session;
}

test.each(Object.entries(transports))(
  'a request that is too large is refused, by %s',
  async (_name, transport) => {
    const served = await serve({ limits: { maxRequestBytes: 1000 } });
    const client = createClient(LibraryService, transport(served.url));

    expect((await failureOf(client.getBook({ bookId: 'x'.repeat(1000) }))).status).toBe('ResourceExhausted');
    expect((await client.getBook({ bookId: 'dune' })).book).toBeDefined();
    await expect
      .poll(() => served.lines)
      .toMatchObject([
        { method: 'GetBook', code: 'INVALID_ARGUMENT', reason: expect.stringContaining('bytes') },
        { code: 'OK' },
      ]);
  },
);

test('SECURITY 15: a request is measured after decompression', async () => {
  const served = await serve();
  const bomb = gzipSync(
    Buffer.concat([Buffer.from('{"bookId":"'), Buffer.alloc(50_000_000, 'x'), Buffer.from('"}')]),
  );
  const before = process.memoryUsage().arrayBuffers;
  const answer = await fetch(served.url + GET_BOOK, {
    method: 'POST',
    headers: { ...json, 'content-encoding': 'gzip' },
    body: bomb,
  });

  expect(bomb.length).toBeLessThan(100_000);
  expect(await answer.json()).toMatchObject({ code: 'resource_exhausted' });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
});

test('a preface in several packets reaches HTTP/2', async () => {
  const served = await serve();
  const { socket, received } = dial(served);
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  for (const byte of Buffer.concat([preface, settings])) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }

  // Its own SETTINGS, and the acknowledgement of ours.
  await expect.poll(() => received()).toContain('\x00\x00\x00\x04\x01\x00\x00\x00\x00');
});

test('a request line in several packets, and the next request on the same connection, reach HTTP/1.1', async () => {
  const served = await serve();
  const { socket, received } = dial(served);
  for (const part of [
    'P',
    'OST',
    ` ${GET_BOOK} HTTP/1.1\r\nhost: x\r\ncontent-ty`,
    'pe: application/json\r\n',
  ]) {
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  socket.write('content-length: 17\r\n\r\n{"bookId":"dune"}GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');

  await expect.poll(() => received()).toContain('"title":"dune"');
  await expect.poll(() => received()).toContain('{"status":"ok"}');
});

test('SECURITY 17: headers that are too large are refused', async () => {
  const served = await serve({ limits: { maxHeaderBytes: 4096 } });
  const big = await fetch(`${served.url}/healthz`, { headers: { 'x-big': 'x'.repeat(5000) } });
  expect(big.status).toBe(431);

  // At once, and when the server's settings have been acknowledged.
  const session = dialHttp2(served);
  for (const attempt of [1, 2]) {
    const request = session.request({ ':path': '/healthz', 'x-big': `${attempt}`.repeat(5000) });
    const status = await new Promise((resolve) => {
      request.once('response', (headers) => resolve(headers[':status']));
      request.once('error', () => resolve('reset'));
    });
    expect(['reset', 431]).toContain(status);
  }
  expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
});

test('SECURITY 17: headers that do not come to an end are not waited for', async () => {
  const served = await serve({ limits: { headersTimeoutMs: 200 } });
  const [silent, slow] = [dial(served), dial(served)];
  slow.socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n');

  await Promise.all([silent.closed, slow.closed]);
  expect(slow.received()).toMatch(/^(HTTP\/1\.1 408|$)/);
});

test.each(['1.1', '2'] as const)(
  'SECURITY 17: a request that does not come to an end is not waited for, over HTTP/%s',
  async (version) => {
    const served = await serve({ limits: { requestTimeoutMs: 200, headersTimeoutMs: 200 } });
    if (version === '1.1') {
      const { socket, closed } = dial(served);
      socket.write(
        `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{"b`,
      );
      await closed;
    } else {
      const request = dialHttp2(served).request({ ':method': 'POST', ':path': GET_BOOK, ...json });
      request.on('error', () => undefined);
      request.write('{"b');
      await new Promise((resolve) => request.once('close', resolve));
      expect(request.rstCode).not.toBe(0);
    }
    expect(served.lines.filter(({ msg }) => msg === 'call')).toEqual([]);
  },
);

test.each(['1.1', '2'] as const)('an answer that nobody reads is dropped, over HTTP/%s', async (version) => {
  const library = createLibrary();
  library.service.getBook = () => ({ book: { title: 'x'.repeat(30_000_000) } });
  const served = await serve({ limits: { requestTimeoutMs: 300, headersTimeoutMs: 300 } }, library);
  if (version === '1.1') {
    const { socket, received, closed } = dial(served);
    socket.pause();
    socket.write(
      `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{"bookId":"dune"}`,
    );
    const figures = async () => (await served.server.metrics?.render())?.body;
    await expect.poll(figures, { timeout: 20_000 }).toMatch(/^grpc_calls_total\{.*"GetBook".*\} 1$/m);
    await expect.poll(figures, { timeout: 20_000 }).toMatch(/^http_server_connections 0$/m);
    socket.resume();
    await closed;
    expect(received().length).toBeLessThan(30_000_000);
  } else {
    const request = dialHttp2(served).request({ ':method': 'POST', ':path': GET_BOOK, ...json });
    request.on('error', () => undefined);
    request.end('{"bookId":"dune"}');
    await expect.poll(() => request.rstCode, { timeout: 5000 }).toBe(http2.constants.NGHTTP2_CANCEL);
  }
});

test('a client stream may take longer to arrive than a request', async () => {
  const served = await serve({ limits: { requestTimeoutMs: 200 }, policies: () => ({ auth: 1 as const }) });
  async function* titles() {
    for (const title of ['Emma', 'Dune', 'Ivanhoe', 'Ulysses']) {
      yield { title };
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }

  expect((await grpcClient(served).importBooks(titles())).count).toBe(4);
});

test('SECURITY 17: streams of one HTTP/2 connection are bounded', async () => {
  const served = await serve({ limits: { maxStreamsPerConnection: 3 } });
  const session = dialHttp2(served);
  const settings = await new Promise<http2.Settings>((resolve) => session.once('remoteSettings', resolve));

  expect(settings.maxConcurrentStreams).toBe(3);
});

test('SECURITY 18: a storm of resets ends its connection, not the server', async () => {
  const served = await serve({ limits: { streamResetBurst: 50, streamResetsPerSecond: 1 } });
  const session = dialHttp2(served);
  const closed = new Promise((resolve) => session.once('close', resolve));
  await new Promise((resolve) => session.once('connect', resolve));
  for (let number = 0; number < 200 && !session.closed; number++) {
    const request = session.request({ ':method': 'POST', ':path': GET_BOOK, ...json });
    request.on('error', () => undefined);
    request.close(http2.constants.NGHTTP2_CANCEL);
    if (number % 10 === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  await closed;
  expect((await grpcClient(served).getBook({ bookId: 'dune' })).book).toBeDefined();
});

test('an idle HTTP/2 connection is closed', async () => {
  const session = dialHttp2(await serve({ limits: { idleTimeoutMs: 100 } }));

  await new Promise((resolve) => session.once('close', resolve));
});

test.each([
  [
    'no host',
    `POST ${GET_BOOK} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    /^HTTP\/1\.1 400/,
  ],
  [
    'a host that is none',
    `POST ${GET_BOOK} HTTP/1.1\r\nhost: [\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    /^HTTP\/1\.1 400/,
  ],
  ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1\.1 400/],
  [
    'a body that is no JSON',
    `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{]`,
    /^HTTP\/1\.1 400[\s\S]*invalid_argument/,
  ],
  [
    'a type nobody speaks',
    `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}`,
    /^HTTP\/1\.1 415/,
  ],
])('survives a request with %s', async (_what, bytes, answer) => {
  const served = await serve();
  const { socket, received } = dial(served);
  socket.write(bytes);

  await expect.poll(received).toMatch(answer);
  expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
});

test('survives clients that hang up at any moment', async () => {
  const served = await serve();
  const whole = `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{"bookId":"dune"}`;
  for (let cut = 1; cut <= whole.length; cut += 7) {
    const { socket } = dial(served);
    await new Promise((resolve) => socket.write(whole.slice(0, cut), resolve));
    socket.resetAndDestroy();
  }
  for (let number = 0; number < 10; number++) {
    const session = dialHttp2(served);
    session
      .request({ ':method': 'POST', ':path': GET_BOOK, ...json })
      .on('error', () => undefined)
      .write('{"book');
    await new Promise((resolve) => setTimeout(resolve, 5));
    session.destroy();
  }

  expect((await grpcClient(served).getBook({ bookId: 'dune' })).book).toBeDefined();
});

test('health, and everything that is not served', async () => {
  let ready: () => boolean = () => true;
  const served = await serve({ ready: () => ready() });
  const get = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(served.url + path, init);
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };

  expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await get('/readyz?verbose')).toMatchObject({ status: 200, body: { status: 'ok' } });
  ready = () => false;
  expect(await get('/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  ready = () => {
    throw new Error('no connection to 10.0.0.7');
  };
  expect(await get('/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  expect(await get('/healthz')).toMatchObject({ status: 200 });

  const missing = await get('/nowhere', { method: 'DELETE' });
  expect(missing).toMatchObject({
    status: 404,
    body: {
      error: {
        code: 'NOT_FOUND',
        message: 'DELETE /nowhere is not served here',
        path: '/nowhere',
        details: [],
      },
    },
  });
  expect(missing.headers.get('x-trace-id')).toBe(
    (missing.body as { error: { traceId: string } }).error.traceId,
  );
  expect(missing.headers.get('x-content-type-options')).toBe('nosniff');
});

test('a gRPC client learns that a service is not served', async () => {
  const served = await serve();
  const request = dialHttp2(served).request({
    ':method': 'POST',
    ':path': '/library.v2.LibraryService/GetBook',
    'content-type': 'application/grpc',
  });
  const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) =>
    request.once('response', resolve),
  );

  expect(headers).toMatchObject({ 'grpc-status': '12', 'x-trace-id': expect.any(String) });
});

test('x-trace-id is on every answer, refused requests included', async () => {
  const served = await serve({ limits: { maxRequestBytes: 100 } });
  const post = (body: string) => fetch(served.url + GET_BOOK, { method: 'POST', headers: json, body });
  for (const body of [
    '{"bookId":"dune"}',
    '{"bookId":"none"}',
    '{',
    JSON.stringify({ bookId: 'x'.repeat(200) }),
  ]) {
    expect((await post(body)).headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
  }
});

test('pages of listed origins may call, others may not', async () => {
  const served = await serve({ cors: { origins: ['https://app.example.com'] } });
  const preflight = (origin: string) =>
    fetch(served.url + GET_BOOK, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
  const allowed = await preflight('https://app.example.com');
  const denied = await preflight('https://evil.example.com');

  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')).toEqual(
    expect.arrayContaining([
      'connect-protocol-version',
      'connect-timeout-ms',
      'x-grpc-web',
      'authorization',
      'traceparent',
    ]),
  );
  expect(allowed.headers.get('vary')).toBe('Origin');
  expect(denied.headers.get('access-control-allow-origin')).toBeNull();
  for (const answer of [allowed, denied]) {
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  }

  const call = await fetch(served.url + GET_BOOK, {
    method: 'POST',
    headers: { ...json, origin: 'https://app.example.com' },
    body: '{"bookId":"dune"}',
  });
  expect(call.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(call.headers.get('access-control-expose-headers')?.toLowerCase().split(', ')).toEqual(
    expect.arrayContaining(['grpc-status', 'x-trace-id', 'idempotent-replayed', 'warning', 'retry-after']),
  );
});

test('without CORS no page may call', async () => {
  const answer = await fetch((await serve()).url + GET_BOOK, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
  });

  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});

test('both protocols share the port with many connections of each', async () => {
  const served = await serve();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  onTestFinished(() => agent.destroy());
  const http1 = () =>
    new Promise((resolve, reject) => {
      http
        .get(`${served.url}/healthz`, { agent }, (answer) =>
          answer.resume().once('end', () => resolve(answer.statusCode)),
        )
        .once('error', reject);
    });
  const http2Calls = Array.from({ length: 8 }, () => grpcClient(served).getBook({ bookId: 'dune' }));
  const http1Calls = Array.from({ length: 40 }, http1);

  expect(new Set(await Promise.all(http1Calls))).toEqual(new Set([200]));
  expect(await Promise.all(http2Calls)).toHaveLength(8);
});
