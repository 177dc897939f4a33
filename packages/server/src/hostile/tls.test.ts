import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createLibrary } from '../testdata/library.ts';
import { ACK, END_HEADERS, FRAME, frame, head, PREFACE, settings } from './testdata/frames.ts';
import { dial, EXPORT_BOOKS, GET_BOOK, type Stand, stand } from './testdata/stand.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const line =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem';
  execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const limits = { headersTimeoutMs: 300, requestTimeoutMs: 300, idleTimeoutMs: 400, maxRequestBytes: 2000 };
const overTls = (): Promise<Stand> =>
  stand({
    limits,
    tls: { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) },
  });

async function handshaken(
  { port }: Stand,
  protocol: string,
): Promise<{ socket: TLSSocket; received: () => string }> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [protocol] });
  onTestFinished(() => {
    socket.destroy();
  });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return { socket, received: () => text };
}

async function servesTheNextOverTls(served: Stand): Promise<void> {
  const { socket, received } = await handshaken(served, 'http/1.1');
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  await expect.poll(received).toContain('{"status":"ok"}');
  socket.destroy();
}

test.each([
  ['nothing', ''],
  ['no TLS', 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'],
  ['half a handshake', '\x16\x03\x01\x02\x00\x01\x00'],
  ['a record that lies about its length', '\x16\x03\x01\xff\xff\x01'],
])('a client that says %s instead of a handshake is not kept', async (_what, bytes) => {
  const served = await overTls();
  const { socket } = dial(served, { allowHalfOpen: true });
  socket.write(bytes, 'latin1');
  await expect.poll(() => served.connections(), { timeout: 8000 }).toBe(0);

  await servesTheNextOverTls(served);
});

const request = `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;
const unacknowledged = Buffer.concat([PREFACE, settings()]).toString('latin1');
const http2 = unacknowledged + frame(FRAME.settings, ACK, 0).toString('latin1');
const call = (path: string) =>
  frame(
    FRAME.headers,
    END_HEADERS,
    1,
    head('POST', path, { 'content-type': 'application/grpc+json' }),
  ).toString('latin1');

test.each([
  ['nothing', 'http/1.1', ''],
  ['half a head', 'http/1.1', request],
  ['half a body', 'http/1.1', `${request}content-length: 17\r\n\r\n{"b`],
  ['too much', 'http/1.1', `${request}content-length: 500000\r\n\r\n${'x'.repeat(10_000)}`],
  ['nothing', 'h2', ''],
  ['HTTP/1.1', 'h2', 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'],
  ['a preface', 'h2', PREFACE.toString('latin1')],
  ['settings', 'h2', unacknowledged],
  ['all that is needed before a call', 'h2', http2],
  ['half a call', 'h2', http2 + call(GET_BOOK)],
  [
    'too much',
    'h2',
    http2 + call(GET_BOOK) + frame(FRAME.data, 0, 1, Buffer.alloc(10_000)).toString('latin1'),
  ],
  ['frames of nobody', 'h2', http2 + 'x'.repeat(1000)],
])('a client that says %s over %s is not kept', async (_what, protocol, bytes) => {
  const served = await overTls();
  const { socket } = await handshaken(served, protocol);
  socket.write(bytes, 'latin1');
  await expect.poll(() => served.connections(), { timeout: 8000 }).toBe(0);

  await servesTheNextOverTls(served);
});

test('clients that hang up during a stream do no harm', async () => {
  const served = await overTls();
  for (let number = 0; number < 10; number++) {
    const { socket } = await handshaken(served, 'h2');
    socket.write(
      http2 +
        call(EXPORT_BOOKS) +
        frame(FRAME.data, 1, 1, Buffer.from('\0\0\0\0\x0f{"count":10000}')).toString('latin1'),
      'latin1',
    );
    await new Promise((resolve) => setTimeout(resolve, number * 3));
    socket.destroy();
  }
  await expect.poll(() => served.connections(), { timeout: 8000 }).toBe(0);

  await servesTheNextOverTls(served);
});

test.each([1, 100])(
  'requests in a row in one write are all answered over TLS, %i at once, however late they are read',
  async (atOnce) => {
    const library = createLibrary();
    library.service.getBook = () => ({ book: { title: `dune${'x'.repeat(20_000)}` } });
    const tls = { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) };
    const served = await stand({ limits: { maxStreamsPerConnection: atOnce }, tls }, { library });
    const { socket, received } = await handshaken(served, 'http/1.1');
    const body = '{"bookId":"dune"}';
    const all = 600;
    // Answers wait for their reader, so that the server has to stop reading, with requests that it has read already.
    socket.pause();
    socket.write(`${request}content-length: ${body.length}\r\n\r\n${body}`.repeat(all));
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.resume();

    await expect.poll(() => received().split('HTTP/1.1 200').length - 1, { timeout: 20_000 }).toBe(all);
    expect(received().match(/HTTP\/1\.1 (?!200)/)).toBeNull();
    expect(socket.destroyed).toBe(false);
  },
  30_000,
);
