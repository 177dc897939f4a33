import net from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Connection } from './connection/connection.ts';
import { ErrorCode, type Http2Options } from './index.ts';
import { Setting } from './settings/setting.ts';
import { answering, collect, OK } from './testdata/collect.ts';
import {
  data,
  Flag,
  FrameType,
  frame,
  framesIn,
  HELLO,
  headers,
  POST,
  PREFACE,
  ping,
  request,
  reset,
  settings,
  settingsAck,
  uint32,
  windowUpdate,
} from './testdata/frames.ts';
import { connect, type RawClient } from './testdata/raw-client.ts';
import { serve } from './testdata/serve.ts';

const LIMITS: Partial<Http2Options> = {
  resetBurst: 20,
  resetsPerSecond: 10,
  controlBurst: 50,
  controlsPerSecond: 10,
  maxConcurrentStreams: 5,
};

/** A thousand PINGs each: 34 MB. */
const ROUNDS = 2000;

/** The numbers of streams, from the first on. */
function ids(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index * 2 + 1);
}

function times(count: number, bytes: Buffer): Buffer[] {
  return Array.from({ length: count }, () => bytes);
}

function expectCalm(client: RawClient): void {
  expect(client.goAway()).toBe(ErrorCode.ENHANCE_YOUR_CALM);
  expect(client.connection.isOver).toBe(true);
}

describe('SECURITY 18: what makes streams end early is counted, and ends the connection', () => {
  const ended = [...POST, 'content-length', '5'];
  const itself = frame(FrameType.PRIORITY, 0, 0, Buffer.alloc(5));
  /** What is sent for one stream of each storm. */
  const storms: readonly (readonly [string, (id: number) => Buffer[]])[] = [
    ['resets of the client', (id) => [request(id), reset(id)]],
    ['requests that are none', (id) => [request(id, [':method', 'GET'])]],
    ['bodies of another length than announced', (id) => [headers(id, ended), data(id, 'x', Flag.END_STREAM)]],
    ['DATA after the end', (id) => [request(id), data(id, 'x')]],
    ['HEADERS after the end', (id) => [request(id), request(id)]],
    ['updates by nothing', (id) => [request(id), windowUpdate(id, 0)]],
    ['windows that are too large', (id) => [request(id), windowUpdate(id, 0x7fffffff)]],
    ['trailers that do not end', (id) => [headers(id), headers(id, ['a', 'b'])]],
    [
      'streams that depend on themselves',
      (id) => [request(id), Buffer.concat([itself.subarray(0, 5), uint32(id), uint32(id), Buffer.of(1)])],
    ],
  ];
  test.each(storms)('%s', async (_what, of) => {
    const { handler, seen } = collect();
    const client = await connect(handler, { options: { ...LIMITS, controlBurst: 1000 } });
    await client.send(...ids(20).flatMap(of));
    expect(client.goAway()).toBeUndefined();
    expect(client.connection.openStreams).toBe(0);
    const before = seen.length;
    await client.send(...ids(40).slice(20).flatMap(of));
    expectCalm(client);
    expect(seen.length - before).toBeLessThanOrEqual(1);
    expect(seen.every(({ closed }) => closed !== null)).toBe(true);
  });

  test('streams beyond the number that may be open', async () => {
    const { handler, seen } = collect();
    const client = await connect(handler, { options: LIMITS });
    await client.send(...ids(25).map((id) => request(id)));
    expect(client.goAway()).toBeUndefined();
    expect(seen).toHaveLength(5);
    expect(client.resetOf(11)).toBe(ErrorCode.REFUSED_STREAM);
    await client.send(request(51));
    expectCalm(client);
  });

  test('ordinary cancellation goes on for ever', async () => {
    const { handler, seen } = collect();
    const client = await connect(handler, { options: LIMITS });
    for (const id of ids(100)) {
      await client.send(request(id), reset(id));
      client.sleep(100);
    }
    expect(client.goAway()).toBeUndefined();
    expect(seen).toHaveLength(100);
  });

  test('with the default limits, a thousand at once', async () => {
    const client = await connect(collect().handler);
    await client.send(...ids(1000).flatMap((id) => [request(id), reset(id)]));
    expect(client.goAway()).toBeUndefined();
    await client.send(
      ...ids(1001)
        .slice(1000)
        .flatMap((id) => [request(id), reset(id)]),
    );
    expectCalm(client);
  });
});

describe('SECURITY 17: frames that carry nothing are counted, and end the connection', () => {
  test.each([
    ['PING', ping()],
    ['answers to a PING that nobody sent', ping('abcdefgh', Flag.ACK)],
    ['SETTINGS', settings([Setting.INITIAL_WINDOW_SIZE, 1])],
    ['acknowledgements of SETTINGS', settingsAck],
    ['PRIORITY', frame(FrameType.PRIORITY, 0, 3, Buffer.alloc(5))],
    ['WINDOW_UPDATE of a stream', windowUpdate(1, 1)],
    ['WINDOW_UPDATE of the connection', windowUpdate(0, 1)],
    ['empty DATA', data(1, '')],
    ['DATA with nothing but padding', frame(FrameType.DATA, Flag.PADDED, 1, Buffer.of(2, 0, 0))],
    ['frames of unknown types', frame(0xbb, 0, 0, Buffer.from('what'))],
    ['GOAWAY', frame(FrameType.GOAWAY, 0, 0, Buffer.alloc(8))],
    ['WINDOW_UPDATE of a stream that was reset', windowUpdate(3, 1)],
    ['RST_STREAM of a stream that was reset', reset(3)],
    ['DATA of a stream that was reset', data(3, 'x')],
  ])('%s', async (_what, bytes) => {
    const { handler, seen } = collect();
    const client = await connect(handler, { options: LIMITS });
    await client.send(headers(1), headers(3));
    seen[1]?.stream.reset(ErrorCode.CANCEL);
    await client.send(...times(40, bytes));
    expect(client.goAway()).toBeUndefined();
    await client.send(...times(20, bytes));
    expectCalm(client);
    expect(seen[0]?.closed).toBe(ErrorCode.ENHANCE_YOUR_CALM);
  });

  test('those that belong to an answer go on for as long as it does', async () => {
    const { handler, seen } = collect();
    const client = await connect(handler, { options: LIMITS });
    await client.send(request(1));
    seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(1_000_000), undefined);
    for (let size = 65_535; size < 1_000_000; size += 5000) {
      await client.send(windowUpdate(1, 5000), windowUpdate(0, 5000), ping());
    }
    expect(client.body(1)).toHaveLength(1_000_000);
    expect(client.goAway()).toBeUndefined();
  });

  test.each([
    [
      'slowly',
      async (client: RawClient, round: number) => {
        client.sleep(100);
        await client.send(ping(), headers(1 + 2 * round), data(1 + 2 * round, 'x', Flag.END_STREAM));
      },
    ],
    [
      'with what they are about',
      async (client: RawClient, round: number) => {
        const id = 1 + 2 * round;
        await client.send(
          headers(id),
          windowUpdate(id, 5),
          ping(),
          windowUpdate(0, 5),
          data(id, 'x', Flag.END_STREAM),
        );
      },
    ],
  ] as const)('those that come %s go on for ever', async (_how, round) => {
    const client = await connect(answering, { options: LIMITS });
    for (let index = 0; index < 100; index++) {
      await round(client, index);
    }
    expect(client.goAway()).toBeUndefined();
  });
});

describe('clients that tell of every frame they get', () => {
  /** Each piece, once the client has the one before it. */
  const pieceByPiece = async (client: RawClient, write: () => void, notices: readonly Buffer[]) => {
    for (let piece = 0; piece < 200; piece++) {
      write();
      await client.send(...notices);
    }
  };

  test('of pieces that they read go on for ever', async () => {
    const { handler, seen } = collect((stream) => stream.open(200, OK, undefined));
    const client = await connect(handler, { options: LIMITS });
    await client.send(request(1));
    await pieceByPiece(client, () => seen[0]?.stream.write(Buffer.from('piece')), [
      ping(),
      windowUpdate(1, 5),
      windowUpdate(0, 5),
    ]);

    expect(client.goAway()).toBeUndefined();
    expect(client.body(1)).toHaveLength(1000);
  });

  test('SECURITY 17: of single bytes that they ask for end their connection', async () => {
    const { handler, seen } = collect((stream) => stream.open(200, OK, undefined));
    const hello = Buffer.concat([PREFACE, settings([Setting.INITIAL_WINDOW_SIZE, 0]), settingsAck]);
    const client = await connect(handler, { options: LIMITS, hello });
    await client.send(request(1));
    seen[0]?.stream.write(Buffer.alloc(1000));
    await pieceByPiece(client, () => {}, [windowUpdate(1, 1)]);

    expectCalm(client);
    expect(client.body(1).length).toBeLessThan(100);
  });
});

describe('SECURITY 17: header blocks are bounded', () => {
  test('a block in too many frames ends the connection', async () => {
    const client = await connect(answering);
    const empty = frame(FrameType.CONTINUATION, 0, 1);
    await client.send(frame(FrameType.HEADERS, 0, 1), ...times(64, empty));
    expect(client.goAway()).toBeUndefined();
    await client.send(empty);
    expectCalm(client);
  });

  test('a block that never ends ends the connection before it is large', async () => {
    const client = await connect(answering);
    const more = frame(FrameType.CONTINUATION, 0, 1, Buffer.alloc(16_384));
    await client.send(frame(FrameType.HEADERS, 0, 1), ...times(4, more));
    expect(client.goAway()).toBeUndefined();
    await client.send(more);
    expectCalm(client);
  });

  test.each([
    ['has begun', frame(FrameType.HEADERS, 0, 1)],
    ['is in the middle of a frame', request(1).subarray(0, 12)],
  ])('a block that %s is not waited for', async (_what, bytes) => {
    const client = await connect(answering);
    await client.send(bytes);
    client.sleep(1);
    client.sleep(10_000);
    expect(client.goAway()).toBeUndefined();
    client.sleep(1);
    await client.quiet();
    expectCalm(client);
  });

  test('blocks that come one after the other have their time each', async () => {
    const client = await connect(answering);
    const bytes = request(1);
    await client.send(bytes.subarray(0, 12));
    client.sleep(1);
    client.sleep(9000);
    const next = request(3);
    await client.send(bytes.subarray(12), next.subarray(0, 12));
    client.sleep(9000);
    client.sleep(9000);
    await client.send(next.subarray(12));
    client.sleep(9000);
    client.sleep(9000);
    expect(client.goAway()).toBeUndefined();
    expect(client.blocks(3)).toHaveLength(1);
  });

  test('a list that is too long is answered, and what follows is served', async () => {
    const { handler, seen } = collect();
    const client = await connect(handler);
    const long = Array.from({ length: 10 }, () => ['x', 'a'.repeat(2000)]).flat();
    await client.send(request(1, [...POST, ...long]));
    expect(client.blocks(1)).toEqual([[':status', '431']]);
    await client.send(request(3));
    expect(seen.map(({ stream }) => stream.id)).toEqual([3]);
  });

  test('who wants to answer it does so', async () => {
    const client = await connect({
      request: () => undefined,
      tooLarge: (stream) => {
        expect(stream.head).toMatchObject({ method: '', fields: [] });
        expect(stream.head.bytes).toBeGreaterThan(16_384);
        stream.respond(431, OK, undefined, Buffer.from('too large'), undefined);
      },
    });
    await client.send(
      headers(1, [...POST, ...Array.from({ length: 10 }, () => ['x', 'a'.repeat(2000)]).flat()]),
    );
    expect(String(client.body(1))).toBe('too large');
    expect(client.resetOf(1)).toBe(ErrorCode.NO_ERROR);
  });
});

describe('SECURITY 17: clients that let the server wait', () => {
  test.each([
    ['say nothing', Buffer.alloc(0)],
    ['say half a preface', PREFACE.subarray(0, 10)],
    ['do not acknowledge the settings', Buffer.concat([PREFACE, settings()])],
  ])('those that %s are closed', async (_what, hello) => {
    const client = await connect(answering, { hello });
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
