import http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import { createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { failureOf } from '../testdata/failure-of.ts';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../testdata/library.ts';
import { grpcClient, serve, transports } from '../testdata/serve.ts';
import { dial, dialHttp2, GET_BOOK, json } from './testdata/dial.ts';

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
  const library = createLibrary();
  library.slowness = 20_000;
  const served = await serve({ limits: { streamResetBurst: 50, streamResetsPerSecond: 1 } }, library);
  const session = dialHttp2(served);
  const closed = new Promise((resolve) => session.once('close', resolve));
  await new Promise((resolve) => session.once('connect', resolve));
  for (let number = 0; number < 200 && !session.closed; number++) {
    // Complete, and not answered: who gives up what is answered already gives nothing up.
    const request = session.request({
      ':path': `${GET_BOOK}?connect=v1&encoding=json&message={"bookId":"dune"}`,
    });
    request.on('error', () => undefined);
    request.close(http2.constants.NGHTTP2_CANCEL);
    if (number % 10 === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  await closed;
  library.slowness = 0;
  expect((await grpcClient(served).getBook({ bookId: 'dune' })).book).toBeDefined();
});

test('an idle HTTP/2 connection is closed', async () => {
  const session = dialHttp2(await serve({ limits: { idleTimeoutMs: 100 } }));

  await new Promise((resolve) => session.once('close', resolve));
});
