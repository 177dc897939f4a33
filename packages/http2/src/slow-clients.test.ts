import net from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Connection } from './connection/connection.ts';
import { encodeFields } from './hpack/index.ts';
import { ErrorCode, type ServerStream } from './index.ts';
import { Setting } from './settings/setting.ts';
import { answering, collect, OK } from './testdata/collect.ts';
import {
  data,
  Flag,
  FrameType,
  frame,
  framesIn,
  HELLO,
  ids,
  POST,
  PREFACE,
  ping,
  request,
  reset,
  settings,
  settingsAck,
  windowUpdate,
} from './testdata/frames.ts';
import { collectGarbage } from './testdata/garbage.ts';
import { expectCalm, times } from './testdata/limits.ts';
import { connect } from './testdata/raw-client.ts';
import { serve } from './testdata/serve.ts';

/** A thousand PINGs each: 34 MB. */
const ROUNDS = 2000;

describe('SECURITY 17: clients that let the server wait', () => {
  test.each([
    ['say nothing', Buffer.alloc(0)],
    ['say half a preface', PREFACE.subarray(0, 10)],
    ['do not acknowledge the settings', Buffer.concat([PREFACE, settings()])],
  ])('those that %s are closed', async (_what, hello) => {
    const client = await connect(answering, { hello });
    client.sleep(1);
    client.sleep(10_000);
    await client.quiet();
    expect(client.goAway()).toBeUndefined();
    client.sleep(1);
    await client.quiet();
    expect(client.goAway()).toBe(ErrorCode.SETTINGS_TIMEOUT);
  });

  test('the window of a stream that stays shut costs the stream, and counts', async () => {
    const { handler, seen } = collect();
    const hello = Buffer.concat([PREFACE, settings([Setting.INITIAL_WINDOW_SIZE, 0]), settingsAck]);
    const client = await connect(handler, { hello, options: { resetBurst: 1 } });
    await client.send(request(1), request(3), request(5));
    for (const { stream } of seen) {
      stream.respond(200, OK, undefined, Buffer.alloc(10_000), undefined);
    }
    client.sleep(1);
    // A trickle is not enough.
    await client.send(windowUpdate(1, 1000));
    client.sleep(50_000);
    // This is.
    await client.send(windowUpdate(3, 1024), windowUpdate(5, 1024));
    client.sleep(10_001);
    await client.quiet();
    expect(client.resetOf(1)).toBe(ErrorCode.ENHANCE_YOUR_CALM);
    expect(seen.map(({ closed }) => closed)).toEqual([ErrorCode.ENHANCE_YOUR_CALM, null, null]);
    client.sleep(60_001);
    await client.quiet();
    expectCalm(client);
  });

  test('the window of the connection that stays shut ends it', async () => {
    const { handler, seen } = collect();
    const client = await connect(handler);
    await client.send(request(1));
    seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(100_000), undefined);
    client.sleep(1);
    client.sleep(60_001);
    client.sleep(60_001);
    await client.quiet();
    expectCalm(client);
  });

  test('a client that reads nothing is not read from, nor kept', async () => {
    const { handler, seen } = collect((stream) =>
      stream.respond(200, OK, undefined, Buffer.alloc(30_000), undefined),
    );
    const options = { maxBufferedBytes: 100_000, maxConcurrentStreams: 10 };
    const client = await connect(handler, { options, isDeaf: true });
    client.socket.write(windowUpdate(0, 0x7fff0000 - 65_535));
    for (const id of ids(200)) {
      client.socket.write(request(id));
      await new Promise(setImmediate);
    }
    // A half of it for bodies, and the frame that went over it.
    expect(client.connection.parts.output.waitingBytes).toBeLessThan(80_000);
    expect(client.connection.sender.waitingBytes).toBeLessThan(400_000);
    expect(seen.length).toBeLessThan(50);
    client.sleep(1);
    client.sleep(60_001);
    await client.quiet();
    expect(client.connection.socket.destroyed).toBe(true);
    expect(client.closedWith()?.code).toBe(ErrorCode.ENHANCE_YOUR_CALM);
  });

  test('one that reads, but slowly, is kept', async () => {
    const { handler, seen } = collect();
    const client = await connect(handler, { options: { maxBufferedBytes: 10_000_000 }, isDeaf: true });
    await client.send(windowUpdate(0, 10_000_000), request(1), windowUpdate(1, 10_000_000));
    seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(4_000_000), undefined);
    await client.quiet();
    // 250 kB every 30 s.
    for (let taken = 0, until = 0; until < 4_000_000 && !client.connection.socket.destroyed; ) {
      client.sleep(30_000);
      for (until += 250_000; taken < until; await new Promise(setImmediate)) {
        taken += client.socket.read()?.length ?? 0;
      }
    }
    expect(client.connection.socket.destroyed).toBe(false);
  });

  test('answers to requests that come in one piece are bounded, too', async () => {
    const path = '/'.padEnd(3900, '%');
    // The first puts its path into the table, the others are a byte for each field.
    const fields = [...POST.slice(0, 4), ':authority', 'here'];
    const first = Buffer.concat([encodeFields(fields), Buffer.of(0x44, 0x7f, 0xbd, 0x1d), Buffer.from(path)]);
    const other = Buffer.concat([encodeFields(fields), Buffer.of(0x80 | 62)]);
    const flags = Flag.END_HEADERS | Flag.END_STREAM;
    let served = 0;
    const client = await connect(
      {
        request: (stream) => {
          served += 1;
          stream.respond(404, OK, ['x-path', stream.head.path.repeat(3)], undefined, undefined);
          return undefined;
        },
      },
      { options: { maxBufferedBytes: 200_000 }, isDeaf: true },
    );
    await client.send(
      ...ids(1000).map((id) => frame(FrameType.HEADERS, flags, id, id === 1 ? first : other)),
    );
    expect(served).toBeGreaterThan(10);
    expect(client.connection.parts.output.waitingBytes).toBeLessThan(300_000);
    expect(client.connection.isEnding).toBe(false);
  });

  test('answers that wait for windows are bounded: nothing new is taken beyond', async () => {
    const { handler, seen } = collect();
    const client = await connect(handler, { options: { maxBufferedBytes: 100_000 } });
    await client.send(request(1));
    seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(200_000), undefined);
    await client.send(request(3));
    expect(client.resetOf(3)).toBe(ErrorCode.REFUSED_STREAM);
    await client.send(windowUpdate(1, 200_000), windowUpdate(0, 200_000), request(5));
    expect(client.resetOf(5)).toBeUndefined();
    expect(client.body(1)).toHaveLength(200_000);
  });
});

test('SECURITY 17: streams that end while the window of the connection is shut leave nothing behind', async () => {
  const streams: WeakRef<ServerStream>[] = [];
  const client = await connect({
    request: (stream) => {
      streams.push(new WeakRef(stream));
      stream.respond(200, OK, undefined, Buffer.alloc(70_000), undefined);
      return undefined;
    },
  });
  for (const id of ids(300)) {
    await client.send(request(id), reset(id));
  }
  await collectGarbage();
  expect(client.connection.openStreams).toBe(0);
  expect(streams.filter((one) => one.deref() !== undefined).length).toBeLessThan(50);
});

test('SECURITY 17: a flood from a client that does not read leaves memory flat, over a real socket', async () => {
  await using served = await serve(answering, { controlBurst: 2 ** 31 - 1, maxBufferedBytes: 100_000 });
  const socket = net.connect(served.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(HELLO);
  const pings = Buffer.concat(times(1000, ping()));
  // The kernel keeps some megabytes on the way there and back.
  for (let round = 0; round < ROUNDS && served.connections[0]?.socket.isPaused() !== true; round++) {
    socket.write(pings);
    await new Promise(setImmediate);
  }
  const connection = served.connections[0] as Connection;
  expect(connection.socket.isPaused()).toBe(true);
  expect(connection.parts.output.waitingBytes).toBeLessThan(300_000);
  expect(connection.isEnding).toBe(false);
  socket.destroy();
});

test('a client that reads again is read from again', async () => {
  const options = { controlBurst: 100_000, maxBufferedBytes: 100_000 };
  const client = await connect(answering, { options, isDeaf: true });
  const pings = Buffer.concat(times(1000, ping()));
  for (let round = 0; round < 50; round++) {
    client.socket.write(pings);
    await new Promise(setImmediate);
  }
  expect(client.connection.parts.output.waitingBytes).toBeLessThan(200_000);
  let bytes = 0;
  client.socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const all = 50 * pings.length;
  while (bytes < all) {
    await new Promise(setImmediate);
  }
  expect(client.connection.socket.isPaused()).toBe(false);
});

test('SECURITY 17: what comes after a GOAWAY is thrown away, for a while', async () => {
  await using served = await serve(answering, { lingerMs: 50 });
  const socket = net.connect({ port: served.port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.write(Buffer.concat([HELLO, data(1, 'x')]));
  let isClosed = false;
  socket.on('close', () => {
    isClosed = true;
  });
  while (!isClosed) {
    socket.write(request(1));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const types = framesIn(Buffer.concat(chunks)).map(({ type }) => type);
  expect(types.at(-1)).toBe(FrameType.GOAWAY);
  expect(types).not.toContain(FrameType.HEADERS);
});
