import http from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { grpcClient, serve } from '../testdata/serve.ts';
import { dial, dialHttp2, GET_BOOK, json } from './testdata/dial.ts';

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
