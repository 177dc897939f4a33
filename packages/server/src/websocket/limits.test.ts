import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { serve } from '../testdata/serve.ts';
import { connectTo, is, type TestClient } from './testdata/client.ts';
import { serveMail } from './testdata/serve-mail.ts';

const watchBook = 'library.v1.LibraryService/WatchBook';
const watchLetters = 'mail.v1.MailService/WatchLetters';
const subscribe = { type: 'subscribe', id: 'a', method: watchBook, request: { bookId: 'dune', everyMs: 20 } };

test('a reader that does not read stops its stream, and is closed with a code of its own', async () => {
  const text = 'x'.repeat(256 * 1024);
  let taken = 0;
  const { url } = await serveMail({ limits: { idleTimeoutMs: 600 } }, async function* () {
    for (;;) {
      taken++;
      yield { letter: { text } };
    }
  });
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: watchLetters });
  await client.frame(is('message'));
  client.socket.pause();
  await expect
    .poll(
      async () => {
        const before = taken;
        await delay(100);
        return taken - before;
      },
      { timeout: 5000 },
    )
    .toBe(0);
  const stopped = taken;
  await delay(700);

  // What is not read lies in the buffers of the system; the rest has not been asked for.
  expect(taken).toBe(stopped);
  expect(stopped * text.length).toBeLessThan(64 * 1024 * 1024);
  client.socket.resume();
  expect(await client.closed).toEqual({ code: 4008, reason: 'the client reads too slowly' });
});

test('a reader that catches up goes on, and one connection does not hold up another', async () => {
  const text = 'x'.repeat(256 * 1024);
  const { url } = await serveMail({}, async function* ({ boxId }) {
    for (let sequence = 1n; boxId === 'endless' || sequence <= 200n; sequence++) {
      yield { sequence, letter: { text } };
    }
  });
  const slow = await connectTo(url);
  slow.send({ type: 'subscribe', id: 'a', method: watchLetters, request: { boxId: 'endless' } });
  await slow.frame(is('message'));
  slow.socket.pause();
  const fast = await connectTo(url);
  fast.send({ type: 'subscribe', id: 'a', method: watchLetters });
  await fast.frame(is('end'));
  const before = slow.frames.length;
  slow.socket.resume();
  await expect.poll(() => slow.frames.length, { timeout: 10_000 }).toBeGreaterThan(before + 200);

  expect(fast.frames.filter(is('message')).map(({ sequence }) => Number(sequence))).toEqual(
    Array.from({ length: 200 }, (_, index) => index + 1),
  );
  const numbers = slow.frames.filter(is('message')).map(({ sequence }) => Number(sequence));
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});

test('a client that answers no ping is gone', async () => {
  const { url } = await serve({ webSocket: { heartbeatMs: 50 } });
  const silent = await connectTo(url, { autoPong: false });
  const lively = await connectTo(url);

  expect((await silent.closed).code).toBe(1006);
  await delay(300);
  expect(lively.socket.readyState).toBe(lively.socket.OPEN);
});

test('the policy of a method shortens the heartbeat', async () => {
  const { url } = await serve({ policies: () => ({ stream: { heartbeatMs: 50, idleTimeoutMs: 0 } }) });
  const client = await connectTo(url, { autoPong: false });
  client.send({ ...subscribe, request: { bookId: 'dune', everyMs: 60_000 } });
  await client.frame(is('message'));

  expect((await client.closed).code).toBe(1006);
});

test('a connection that asks for nothing is closed, one with a stream is not', async () => {
  const { url } = await serve({
    limits: { idleTimeoutMs: 150 },
    policies: () => ({ stream: { idleTimeoutMs: 0, maxLifetimeMs: 0 } }),
  });
  const idle = await connectTo(url);
  const busy = await connectTo(url);
  busy.send({ ...subscribe, request: { bookId: 'dune', everyMs: 60_000 } });

  expect((await idle.closed).code).toBe(4408);
  await delay(300);
  expect(busy.socket.readyState).toBe(busy.socket.OPEN);
  busy.send({ type: 'unsubscribe', id: 'a' });
  expect((await busy.closed).code).toBe(4408);
});

test('a frame longer than a request may be closes the connection, in pieces as well', async () => {
  const { url } = await serve({ limits: { maxRequestBytes: 1000 } });
  const whole = await connectTo(url);
  whole.send('x'.repeat(1001));
  const pieces = await connectTo(url);
  for (let piece = 0; piece < 3; piece++) {
    pieces.socket.send('x'.repeat(400), { fin: false });
  }
  const fitting = await connectTo(url);
  fitting.send(`{"type":"ping","x":"${'x'.repeat(900)}"}`);

  expect((await whole.closed).code).toBe(1009);
  expect((await pieces.closed).code).toBe(1009);
  await fitting.frame(is('pong'));
});

test('a binary frame closes the connection', async () => {
  const { url } = await serve();
  const client = await connectTo(url);
  client.socket.send(Buffer.from('{"type":"ping"}'));

  expect((await client.closed).code).toBe(1003);
  expect(client.frames).toEqual([]);
});

test.each([
  ['no JSON', '{"type":'],
  ['no object', '[]'],
  ['nothing', 'null'],
  ['no type', '{}'],
  ['an unknown type', '{"type":"shout"}'],
  ['no id', '{"type":"subscribe","method":"x.Y/Z"}'],
  ['an id of the wrong type', '{"type":"subscribe","id":1,"method":"x.Y/Z"}'],
  ['a long id', JSON.stringify({ type: 'unsubscribe', id: 'x'.repeat(129) })],
  ['no method', '{"type":"subscribe","id":"1"}'],
  ['a name twice', '{"type":"ping","type":"ping"}'],
  ['depth', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['a prototype', '{"__proto__":{"type":"ping"}}'],
])('a frame with %s is told apart from the streams', async (_name, text) => {
  const { url } = await serve();
  const client = await connectTo(url);
  client.send(text);
  const { error } = await client.frame(is('error'));

  expect(client.frames[0]).not.toHaveProperty('id');
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', path: '/ws' });
  client.send({ type: 'ping' });
  await client.frame(is('pong'));
});

test('an id that is taken is refused without an end to the stream that has it', async () => {
  const { url } = await serve();
  const client = await connectTo(url);
  client.send(subscribe);
  await client.frame(is('message'));
  client.send(subscribe);
  const refusal = await client.frame(is('error'));
  const before = client.frames.filter(is('message', 'a')).length;

  expect(refusal).not.toHaveProperty('id');
  await expect.poll(() => client.frames.filter(is('message', 'a')).length).toBeGreaterThan(before);
});

test('frames that make no sense close the connection when there are too many in a row', async () => {
  const { url } = await serve({ webSocket: { maxBadFrames: 3 } });
  const mistaken = await connectTo(url);
  for (let time = 0; time < 4; time++) {
    mistaken.send('x');
    mistaken.send('x');
    mistaken.send({ type: 'ping' });
  }
  const broken = await connectTo(url);
  for (let time = 0; time < 10; time++) {
    broken.send('x');
  }

  expect((await broken.closed).code).toBe(4400);
  expect(broken.frames).toHaveLength(3);
  await expect.poll(() => mistaken.frames.filter(is('pong')).length).toBe(4);
});

test('too many frames close the connection, pings of the protocol among them', async () => {
  const { url } = await serve({ webSocket: { frames: { requestsPerSecond: 1, burst: 10 } } });
  const chatty = await connectTo(url);
  const pinging = await connectTo(url);
  for (let time = 0; time < 11; time++) {
    chatty.send({ type: 'ping' });
    pinging.socket.ping();
  }

  expect((await chatty.closed).code).toBe(4429);
  expect(chatty.frames).toHaveLength(10);
  expect((await pinging.closed).code).toBe(4429);
});

test('the streams of one connection are bounded', async () => {
  const { url } = await serve({ webSocket: { maxSubscriptions: 2 } });
  const client = await connectTo(url);
  for (const id of ['1', '2', '3']) {
    client.send({ ...subscribe, id });
  }
  const { error } = await client.frame(is('error'));

  expect(error).toMatchObject({ code: 'BUSY', details: [{ reason: 'TOO_MANY_STREAMS' }] });
  expect(client.frames.filter(is('subscribed')).map(({ id }) => id)).toEqual(['1', '2']);
  client.send({ type: 'unsubscribe', id: '1' });
  client.send({ ...subscribe, id: '4' });
  await client.frame(is('message', '4'));
});

test('answers that are all there at once do not keep others waiting', async () => {
  const { url } = await serveMail({}, async function* () {
    for (;;) {
      yield {};
    }
  });
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: watchLetters });
  await client.frame(is('message'));
  client.send({ type: 'unsubscribe', id: 'a' });

  await client.frame(is('end', 'a'));
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('a stream whose lifetime ends while its reader is behind says so, and the connection goes on', async () => {
  const letter = { text: 'x'.repeat(256 * 1024) };
  const policies = () => ({ stream: { maxLifetimeMs: 400 } });
  const { url } = await serveMail({ policies }, async function* () {
    for (;;) {
      yield { letter };
    }
  });
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: watchLetters });
  await client.frame(is('message'));
  client.socket.pause();
  await delay(600);
  client.socket.resume();
  const { error } = await client.frame(is('error', 'a'));
  client.send({ type: 'ping' });

  expect(error).toMatchObject({ message: expect.stringContaining('lifetime of 400 ms') });
  await client.frame(is('pong'));
});

/** The beginning of a text that goes on, masked as clients have to. */
function unfinished(bytes: number, declared = bytes): Buffer {
  const head = Buffer.alloc(14);
  head[0] = 0x01;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(declared), 2);
  return Buffer.concat([head, Buffer.alloc(bytes, 0x20)]);
}

/** The stream beneath a connection, to write frames by hand. */
async function raw(url: string): Promise<{ client: TestClient; write: (bytes: Buffer) => void }> {
  const client = await connectTo(url);
  const { _socket } = client.socket as unknown as { _socket: Socket };
  return { client, write: (bytes) => void _socket.write(bytes) };
}

const buffered = async ({ url }: { url: string }): Promise<number> =>
  Number(/^http_server_buffered_bytes (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);

test.each([
  ['frames', (bytes: number) => unfinished(bytes, 1_000_000)],
  ['messages', (bytes: number) => unfinished(bytes)],
])('SECURITY 17: many clients with unfinished %s occupy no more than all bodies may', async (_what, half) => {
  const limit = 400_000;
  const served = await serve({ limits: { maxBufferedBytes: limit } });
  const one = 60_000;
  const clients = await Promise.all(Array.from({ length: 20 }, () => raw(served.url)));
  let most = 0;
  let over = 0;
  const codes = new Set<number>();
  for (const { client, write } of clients) {
    client.socket.on('error', () => undefined);
    client.closed.then(({ code }) => {
      codes.add(code);
      over++;
    });
    write(half(one));
    // A sign of life in between does not make it less.
    client.socket.ping();
  }
  await expect
    .poll(async () => {
      most = Math.max(most, await buffered(served));
      return over;
    })
    .toBe(20 - Math.floor(limit / (one + 14)));
  expect(most).toBeLessThanOrEqual(limit);
  // Whoever is cut off in the middle of sending may not hear why.
  expect([1006, 1013]).toEqual(expect.arrayContaining([...codes]));

  // Those that were let in finish, and what they occupied is free again.
  for (const { client } of clients) {
    client.socket.terminate();
  }
  await expect.poll(() => buffered(served)).toBe(0);
  const next = await connectTo(served.url);
  next.send({ type: 'ping' });
  await next.frame(is('pong'));
});

test('a message in several frames counts until it is complete, and is served', async () => {
  const served = await serve();
  const { client } = await raw(served.url);
  client.socket.send('{"type":', { fin: false });
  await expect.poll(() => buffered(served)).toBeGreaterThan(8);
  client.socket.send('"ping"}', { fin: true });
  await client.frame(is('pong'));
  await expect.poll(() => buffered(served)).toBe(0);
});

test('SECURITY 17: half a message is not waited for, whatever else its client sends', async () => {
  const served = await serve({ limits: { requestTimeoutMs: 300 } });
  const { client, write } = await raw(served.url);
  write(unfinished(1_000));
  const signs = setInterval(() => client.socket.ping(), 20);
  const { code } = await client.closed;
  clearInterval(signs);

  expect(code).toBe(4408);
  await expect.poll(() => buffered(served)).toBe(0);
});
