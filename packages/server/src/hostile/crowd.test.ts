import http2 from 'node:http2';
import { Auth } from '@traffic-tacos/policy';
import { expect, onTestFinished, test } from 'vitest';
import { createLibrary } from '../testdata/library.ts';
import {
  type Dialled,
  dial,
  EXPORT_BOOKS,
  envelope,
  GET_BOOK,
  IMPORT_BOOKS,
  type Stand,
  servesTheNext,
  stand,
} from './testdata/stand.ts';

// Many clients, none of which takes too much for itself.

const LETTERS = '/v1/boxes/ann/letters';
/** Room for four of the bodies below, not for five. */
const limits = { maxBufferedBytes: 45_000, requestTimeoutMs: 20_000 };
const PIECE = Buffer.alloc(5000, ' ');
/** A stream of the library may be idle for 400 ms, which a busy machine takes to look. */
const patient = () => ({ auth: Auth.PUBLIC, deadlineMs: 20_000, stream: { idleTimeoutMs: 20_000 } });

function session({ url }: Stand): http2.ClientHttp2Session {
  const opened = http2.connect(url);
  opened.on('error', () => undefined);
  onTestFinished(() => opened.destroy());
  return opened;
}

/** A request that goes on for ever, after so many pieces. */
function unfinished(
  opened: http2.ClientHttp2Session,
  path: string,
  type: string,
  pieces: readonly Uint8Array[],
): { stream: http2.ClientHttp2Stream; told: () => string } {
  const stream = opened.request({ ':method': 'POST', ':path': path, 'content-type': type });
  stream.on('error', () => undefined);
  let text = '';
  for (const event of ['response', 'trailers'] as const) {
    stream.on(event, (fields: http2.IncomingHttpHeaders) => {
      text += JSON.stringify(fields);
    });
  }
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  const write = async () => {
    for (const piece of pieces) {
      await new Promise((resolve) => stream.write(piece, resolve));
    }
  };
  void write();
  return { stream, told: () => text };
}

async function buffered({ url }: Stand): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^http_server_buffered_bytes (\d+)$/m.exec(text)?.[1]);
}

const refused = /"grpc-status":"8"|grpc-status: 8|"code":"resource_exhausted"|":status":429/;

test.each([
  ['unary calls of gRPC', GET_BOOK, 'application/grpc'],
  ['unary calls of Connect', GET_BOOK, 'application/json'],
  ['calls by REST', LETTERS, 'application/json'],
  ['calls that go the long way through connect-es', GET_BOOK, 'application/json; charset=UTF8'],
  ['messages of streams', IMPORT_BOOKS, 'application/grpc'],
  ['requests of streams', EXPORT_BOOKS, 'application/connect+json'],
])(
  'SECURITY 17: %s that never finish share one budget, and the rest are refused',
  async (_what, path, type) => {
    const served = await stand({ limits, policies: patient }, {});
    const head = /grpc|connect\+/.test(type) ? envelope(Buffer.alloc(0), 0, 100_000) : Buffer.from('{');
    const pieces = [head, PIECE, PIECE];
    const first = session(served);
    const held = Array.from({ length: 4 }, () => unfinished(first, path, type, pieces));
    await expect.poll(() => buffered(served)).toBeGreaterThan(39_000);
    // On a connection of its own: it is the server that has too much, not one client.
    const late = unfinished(session(served), path, type, pieces);

    await expect.poll(late.told, { timeout: 5000 }).toMatch(refused);
    expect(held.map(({ told }) => told())).toEqual(['', '', '', '']);
    expect(await buffered(served)).toBeLessThanOrEqual(limits.maxBufferedBytes);
    // Nobody waits for the end of what is there at once.
    await servesTheNext(served);

    first.destroy();
    late.stream.close();
    await expect.poll(() => buffered(served), { timeout: 5000 }).toBe(0);
  },
);

test('SECURITY 17: bodies of which the first piece alone has come count, too', async () => {
  const served = await stand({ limits }, {});
  const opened = session(served);
  const all = Array.from({ length: 30 }, () => unfinished(opened, GET_BOOK, 'application/json', [PIECE]));

  await expect
    .poll(() => all.filter(({ told }) => refused.test(told())).length, { timeout: 5000 })
    .toBeGreaterThan(15);
  expect(await buffered(served)).toBeLessThanOrEqual(limits.maxBufferedBytes);
  await servesTheNext(served);
});

test('SECURITY 17: over HTTP/1.1 the budget is the same, and nothing is left of it when clients leave', async () => {
  const served = await stand({ limits }, {});
  const begin = `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n`;
  const clients: Dialled[] = [];
  for (let number = 0; number < 12; number++) {
    const client = dial(served);
    client.socket.write(begin);
    client.socket.write(Buffer.alloc(10_000, ' '));
    clients.push(client);
  }

  await expect
    .poll(() => clients.filter(({ received }) => received().includes('429')).length, { timeout: 5000 })
    .toBeGreaterThanOrEqual(7);
  expect(await buffered(served)).toBeLessThanOrEqual(limits.maxBufferedBytes);
  await servesTheNext(served);
  for (const { socket } of clients) {
    socket.destroy();
  }
  await expect.poll(() => buffered(served), { timeout: 5000 }).toBe(0);
});

test('whole bodies, cancelled ones and refused ones leave nothing in the budget', async () => {
  const served = await stand({ limits: { ...limits, maxRequestBytes: 8000 } }, {});
  const opened = session(served);
  const json = 'application/json';
  const whole = unfinished(opened, GET_BOOK, json, [Buffer.from('{"bookId":'), Buffer.from('"dune"}')]);
  await expect.poll(() => buffered(served)).toBeGreaterThanOrEqual(17);
  whole.stream.end();
  const tooLong = unfinished(opened, GET_BOOK, json, [PIECE, PIECE]);
  const cancelled = unfinished(opened, GET_BOOK, json, [PIECE]);
  await expect.poll(whole.told).toContain('"title":"dune"');
  await expect.poll(tooLong.told).toMatch(refused);
  await expect.poll(() => buffered(served)).toBeGreaterThanOrEqual(PIECE.length);
  cancelled.stream.close(http2.constants.NGHTTP2_CANCEL);

  await expect.poll(() => buffered(served)).toBe(0);
});

test('SECURITY 17: connections beyond the limit are closed, and one line says so', async () => {
  const library = createLibrary();
  const served = await stand({ limits: { maxConnections: 5 } }, { library });
  const kept = Array.from({ length: 5 }, () => dial(served));
  for (const { socket } of kept) {
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  }
  await expect.poll(() => kept.every(({ received }) => received().includes('"ok"'))).toBe(true);
  const late = Array.from({ length: 20 }, () => dial(served));
  for (const { closed } of late) {
    await closed;
  }

  expect(late.map(({ received }) => received()).join('')).toBe('');
  const lines = served.lines.filter(({ limit }) => limit === 5);
  expect(lines[0]).toMatchObject({ level: 40, peer: '127.0.0.1' });
  expect(lines.length).toBeLessThan(10);
  kept[0]?.socket.destroy();
  await kept[0]?.closed;
  await expect
    .poll(async () => {
      const next = dial(served);
      next.socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      await next.closed;
      return next.received();
    })
    .toContain('"ok"');
});
