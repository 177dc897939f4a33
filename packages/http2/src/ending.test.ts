import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ErrorCode, type ServerConnection, serveHttp2 } from './index.ts';
import { answering, collect, OK } from './testdata/collect.ts';
import {
  data,
  Flag,
  FrameType,
  framesIn,
  HELLO,
  headers,
  ids,
  ping,
  request,
  windowUpdate,
} from './testdata/frames.ts';
import { connect, type RawClient } from './testdata/raw-client.ts';
import { serve } from './testdata/serve.ts';

/** The last stream and the code of each GOAWAY. */
function goAways(client: RawClient): number[][] {
  return client.of(FrameType.GOAWAY).map(({ payload }) => [payload.readUInt32BE(0), payload.readUInt32BE(4)]);
}

/** Answers the PING of a drain. */
function pong(client: RawClient): Buffer {
  return ping(String(client.of(FrameType.PING).at(-1)?.payload), Flag.ACK);
}

test('a connection that drains serves what was on its way, and closes after the last stream', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  client.connection.drain();
  client.connection.drain();
  expect(client.connection.isEnding).toBe(true);
  await client.quiet();
  expect(goAways(client)).toEqual([[0x7fffffff, ErrorCode.NO_ERROR]]);
  await client.send(request(3));
  expect(seen).toHaveLength(2);
  await client.send(pong(client));
  expect(goAways(client).at(-1)).toEqual([3, ErrorCode.NO_ERROR]);
  await client.send(headers(5), data(5, 'x', Flag.END_STREAM));
  expect(seen).toHaveLength(2);
  for (const { stream } of seen) {
    expect(client.socket.readableEnded).toBe(false);
    stream.respond(200, OK, undefined, Buffer.from('bye'), undefined);
    await client.quiet();
  }
  expect([1, 3].map((id) => String(client.body(id)))).toEqual(['bye', 'bye']);
  expect(client.socket.readableEnded).toBe(true);
  client.socket.end();
  await client.quiet();
  expect(client.closedWith()).toBeUndefined();
});

test('a client that answers no PING is not waited for', async () => {
  const client = await connect(answering, { options: { lingerMs: 5 } });
  client.connection.drain();
  const ended = once(client.socket, 'end');
  await ended;
  expect(goAways(client)).toHaveLength(2);
  await once(client.connection.socket, 'close');
  expect(client.closedWith()).toBeUndefined();
});

test('a drain loses nothing of what node:http2 asks for', async () => {
  const { handler, seen } = collect();
  await using served = await serve(handler);
  const session = http2.connect(served.origin);
  const first = session.request({ ':path': '/' });
  while (seen.length === 0) {
    await new Promise(setImmediate);
  }
  served.connections[0]?.drain();
  await once(session, 'goaway');
  seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(300_000), undefined);
  first.resume();
  const [head] = await once(first, 'response');
  expect(head[':status']).toBe(200);
  await Promise.all([once(first, 'close'), once(session, 'close')]);
  expect(first.rstCode).toBe(0);
});

test('a connection that is destroyed says why, and closes its streams', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  client.connection.destroy(ErrorCode.ENHANCE_YOUR_CALM, 'enough');
  client.connection.destroy();
  await client.quiet();
  expect(client.of(FrameType.GOAWAY).map(({ payload }) => String(payload.subarray(8)))).toEqual(['enough']);
  expect(seen[0]?.closed).toBe(ErrorCode.ENHANCE_YOUR_CALM);
  await client.send(request(3));
  expect(seen).toHaveLength(1);
});

test('a client that ends its side still gets the answers to what is complete', async () => {
  const { handler, seen } = collect();
  await using served = await serve(handler);
  const socket = net.connect({ port: served.port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.end(Buffer.concat([HELLO, request(1), headers(3)]));
  while (seen[1]?.closed !== ErrorCode.CANCEL) {
    await new Promise(setImmediate);
  }
  expect(seen[0]?.closed).toBeNull();
  seen[0]?.stream.respond(200, OK, undefined, Buffer.from('still'), undefined);
  await once(socket, 'close');
  const answer = framesIn(Buffer.concat(chunks)).filter(({ id }) => id === 1);
  expect(answer.map(({ type }) => type)).toEqual([FrameType.HEADERS, FrameType.DATA]);
});

test('a client that ends its side with its windows shut is not waited for', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  client.socket.end();
  await client.quiet();
  seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(70_000), undefined);
  await client.quiet();
  expect(client.body(1)).toHaveLength(65_535);
  expect(seen[0]?.closed).toBe(ErrorCode.CANCEL);
  expect(client.closedWith()).toBeUndefined();
});

test('idle is who has no open stream, whatever else it sends', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  const before = client.connection.idleSince;
  client.sleep(1000);
  await client.send(ping());
  expect(client.connection.idleSince).toBe(before);
  await client.send(request(1));
  expect(client.connection.openStreams).toBe(1);
  client.sleep(1000);
  seen[0]?.stream.respond(200, OK, undefined, undefined, undefined);
  await client.quiet();
  client.sleep(1000);
  expect(client.connection.idleSince).toBe(before + 2000);
});

test('a socket that was closed before it is served is told of, too', async () => {
  const [, socket] = duplexPair();
  socket.destroy();
  await once(socket, 'close');
  const closed: ServerConnection[] = [];
  const connection = serveHttp2(socket, {
    ...answering,
    connectionClosed: (one) => closed.push(one),
  });
  expect(closed).toEqual([]);
  // After what was begun before.
  await new Promise(setImmediate);
  expect(closed).toEqual([connection]);
});

describe('answers that are leaving when their connection has ended', () => {
  /** A drained connection whose client has taken neither of its answers, of which the second waits for the first. */
  const leaving = async () => {
    const { handler, seen } = collect();
    const client = await connect(handler, { isDeaf: true, options: { lingerMs: 5 } });
    await client.send(windowUpdate(0, 1_000_000));
    for (const [index, id] of ids(2).entries()) {
      await client.send(request(id), windowUpdate(id, 1_000_000));
      seen[index]?.stream.respond(200, OK, undefined, Buffer.alloc(120_000), undefined);
      await client.quiet();
    }
    client.connection.drain();
    while (!client.connection.isOver) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return client;
  };

  test('leave whole when the client ends its side meanwhile', async () => {
    const client = await leaving();
    const closed = once(client.connection.socket, 'close');
    client.socket.end();
    await client.quiet();
    const chunks: Buffer[] = [];
    client.socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await closed;
    const frames = framesIn(Buffer.concat(chunks));
    const body = frames.filter(({ type }) => type === FrameType.DATA);
    expect(body.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(240_000);
    expect(frames.at(-1)?.type).toBe(FrameType.GOAWAY);
  });

  test('SECURITY 17: are not waited for where the client takes nothing more', async () => {
    const client = await leaving();
    client.sleep(1);
    client.sleep(59_000);
    // It takes the first, and then nothing.
    for (let taken = 0; taken < 120_000; await new Promise(setImmediate)) {
      taken += client.socket.read()?.length ?? 0;
    }
    client.sleep(1);
    client.sleep(60_000);
    expect(client.connection.socket.destroyed).toBe(false);
    client.sleep(1);
    expect(client.connection.socket.destroyed).toBe(true);
  });

  test('are lost when somebody destroys the connection', async () => {
    const client = await leaving();
    client.connection.destroy();
    await once(client.connection.socket, 'close');
    expect(client.closedWith()).toBeUndefined();
  });
});
