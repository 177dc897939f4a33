import http from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { serve } from '../testdata/serve.ts';
import { connectTo, is, refusedWith } from './testdata/client.ts';
import { serveMail } from './testdata/serve-mail.ts';

const exportBooks = 'library.v1.LibraryService/ExportBooks';
const watchBook = 'library.v1.LibraryService/WatchBook';

/** What a server says to bytes until it ends the connection. */
async function answerTo(port: number, ...lines: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return text(socket);
}

const HANDSHAKE = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

test.each([
  [404, ['GET /other HTTP/1.1', ...HANDSHAKE, KEY]],
  [404, ['GET /ws/ HTTP/1.1', ...HANDSHAKE, KEY]],
  [405, ['DELETE /ws HTTP/1.1', ...HANDSHAKE, KEY]],
  [400, ['GET /ws HTTP/1.1', ...HANDSHAKE]],
  [400, ['GET /ws HTTP/1.1', ...HANDSHAKE, 'Sec-WebSocket-Key: short']],
  [400, ['GET /ws HTTP/1.1', ...HANDSHAKE.slice(0, 3), KEY]],
])('status %i and the end of the connection for %j', async (status, lines) => {
  const { port } = await serve();
  const answer = await answerTo(port, ...lines);
  const [head = '', body = ''] = answer.split('\r\n\r\n');

  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toContain('x-frame-options: DENY');
  expect(head.match(/x-content-type-options/g)).toHaveLength(1);
  expect(head).toContain(`content-length: ${body.length}`);
  expect(JSON.parse(body)).toMatchObject({ error: { path: expect.stringMatching(/^\/(ws|other)/) } });
});

test('a request without a handshake learns what is missing; where there are no connections, there is nothing', async () => {
  const { url } = await serve();
  const answer = await fetch(`${url}/ws`);
  expect(answer.status).toBe(426);
  expect(answer.headers.get('upgrade')).toBe('websocket');

  const without = await serve({ webSocket: false });
  expect((await fetch(`${without.url}/ws`)).status).toBe(404);
  expect(await refusedWith(without.url)).toBe(404);
});

test('connections are opened at a path of one’s own', async () => {
  const { url } = await serve({ webSocket: { path: '/v1/stream' } });
  const client = await connectTo(url, { path: '/v1/stream' });
  client.send({ type: 'ping' });

  await client.frame(is('pong'));
  expect(await refusedWith(url)).toBe(404);
});

test('an offer of another protocol is passed over, on a connection that stays open', async () => {
  const { url, port } = await serve();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (headers: http.OutgoingHttpHeaders) =>
    new Promise<[number | undefined, string, number | undefined]>((resolve, reject) => {
      const request = http.request(
        `${url}/library.v1.LibraryService/GetBook`,
        { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers } },
        async (response) => {
          const from = response.socket.localPort;
          resolve([response.statusCode, await text(response), from]);
        },
      );
      request.on('error', reject);
      request.end('{"bookId":"dune"}');
    });
  const offer = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQ' };
  const [first, second, third] = [await ask(offer), await ask({}), await ask(offer)];
  agent.destroy();

  for (const [status, body] of [first, second, third]) {
    expect([status, body]).toEqual([200, expect.stringContaining('"dune"')]);
  }
  const raw = await answerTo(
    port,
    'GET /healthz HTTP/1.1',
    'Host: x',
    'Connection: close, Upgrade',
    'Upgrade: h2c',
  );
  expect(raw).toMatch(/^HTTP\/1\.1 200 [\s\S]*\{"status":"ok"\}$/);
});

test('a subprotocol that is offered is not repeated', async () => {
  const { port } = await serve();
  const socket = connect(port, '127.0.0.1');
  const lines = ['GET /ws HTTP/1.1', ...HANDSHAKE, KEY, 'Sec-WebSocket-Protocol: bearer.secret'];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.destroy();

  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(answer).not.toContain('secret');
  expect(answer.toLowerCase()).not.toContain('extensions');
});

test('a server that closes ends streams that are opened again, and says that it goes away', async () => {
  const { url, server } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: watchBook, request: { bookId: 'dune', everyMs: 20 } });
  await client.frame(is('message'));
  const idle = await connectTo(url);
  await server.close({ graceMs: 10_000 });

  expect(client.frames.at(-1)).toMatchObject({ type: 'error', id: 'a', error: { code: 'UNAVAILABLE' } });
  expect(await client.closed).toEqual({ code: 1001, reason: 'the server is shutting down' });
  expect((await idle.closed).code).toBe(1001);
});

test('a stream that ends by itself is waited for, and no other one is taken on', async () => {
  const { url, server } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: exportBooks, request: { count: 10, everyMs: 20 } });
  await client.frame(is('message'));
  const closing = server.close({ graceMs: 10_000 });
  client.send({ type: 'subscribe', id: 'b', method: exportBooks, request: { count: 1 } });
  await closing;

  expect(client.frames.filter(is('message', 'a'))).toHaveLength(10);
  expect(client.frames.at(-1)).toEqual({ type: 'end', id: 'a' });
  expect(await client.frame(is('error', 'b'))).toMatchObject({ error: { code: 'UNAVAILABLE' } });
  expect((await client.closed).code).toBe(1001);
});

test('when the grace period is over, what still runs is ended', async () => {
  const { url, server } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: exportBooks, request: { count: 1000, everyMs: 20 } });
  await client.frame(is('message'));
  await server.close({ graceMs: 50 });

  expect(client.frames.at(-1)).toMatchObject({ type: 'error', id: 'a', error: { code: 'UNAVAILABLE' } });
  expect((await client.closed).code).toBe(1001);
});

test('a handshake on a connection that was open before is refused while the server closes', async () => {
  const { port, url, server } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: exportBooks, request: { count: 20, everyMs: 20 } });
  await client.frame(is('message'));
  const socket = connect(port, '127.0.0.1');
  // Half a request, so that the connection is not idle.
  socket.write(['GET /ws HTTP/1.1', ...HANDSHAKE].join('\r\n'));
  await expect.poll(async () => metric(url, 'http_server_connections')).toBeGreaterThanOrEqual(2);
  const closing = server.close({ graceMs: 10_000 });
  socket.write(`\r\n${KEY}\r\n\r\n`);

  expect(await text(socket)).toMatch(/^HTTP\/1\.1 503 /);
  await closing;
});

async function metric(url: string, name: string): Promise<number> {
  const figures = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(figures)?.[1]);
}

test('connections and their streams are counted, and a line says how each ended', async () => {
  const { url, lines } = await serveMail();
  const client = await connectTo(url);
  const method = 'mail.v1.MailService/WatchLetters';
  client.send({ type: 'subscribe', id: 'a', method, request: { boxId: 'short' } });
  await client.frame(is('end'));

  expect(await metric(url, 'websocket_connections')).toBe(1);
  const figures = await (await fetch(`${url}/metrics`)).text();
  expect(figures).toContain('http_server_requests_total{method="GET",route="/ws",status_code="101"} 1');
  expect(figures).toMatch(
    /grpc_calls_total\{service="mail.v1.MailService",method="WatchLetters",type="stream",origin="client",code="OK"\} 1/,
  );
  client.socket.close(1000);
  await expect.poll(() => metric(url, 'websocket_connections')).toBe(0);
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 20,
      msg: 'a WebSocket connection ended',
      peer: '127.0.0.1',
      close_code: 1000,
      subscriptions: 1,
    }),
  );
});

test('frames that break the rules of the protocol and torn connections leave the server alone', async () => {
  const served = await serve();
  const handshake = `${['GET /ws HTTP/1.1', ...HANDSHAKE, KEY].join('\r\n')}\r\n\r\n`;
  const hostile = {
    'a frame without a mask': [0x81, 0x01, 0x78],
    'reserved bits': [0xf1, 0x80, 0, 0, 0, 0],
    'an unknown opcode': [0x83, 0x80, 0, 0, 0, 0],
    'a long control frame': [0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0],
    'a length beyond 2^53': [0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    'a continuation of nothing': [0x80, 0x80, 0, 0, 0, 0],
    'no UTF-8': [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28],
    'half a frame': [0x81, 0xfe, 0x10],
  };
  for (const bytes of Object.values(hostile)) {
    const socket = connect(served.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(handshake);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(Buffer.from(bytes));
    await new Promise((resolve) => setImmediate(resolve));
    socket.resetAndDestroy();
  }
  const grpc = createClient(LibraryService, createGrpcTransport({ baseUrl: served.url }));

  expect((await grpc.getBook({ bookId: 'dune' })).book?.bookId).toBe('dune');
  await expect.poll(() => metric(served.url, 'websocket_connections')).toBe(0);
});

test.each([
  [{ path: 'ws' }, 'webSocket.path is "ws"'],
  [{ path: '/ws?x' }, 'webSocket.path'],
  [{ heartbeatMs: 0 }, 'webSocket.heartbeatMs is 0'],
  [{ maxSubscriptions: Number.NaN }, 'webSocket.maxSubscriptions is NaN'],
  [{ frames: { requestsPerSecond: -1, burst: 1 } }, 'webSocket.frames'],
])('the option %j is refused', async (webSocket, message) => {
  await expect(serve({ webSocket })).rejects.toThrow(message);
});
