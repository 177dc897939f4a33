import { describe, expect, test } from 'vitest';
import { ErrorCode } from './index.ts';
import { Setting } from './settings/setting.ts';
import { answering, collect, OK } from './testdata/collect.ts';
import {
  data,
  Flag,
  FrameType,
  frame,
  headers,
  ids,
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
import { expectCalm, LIMITS, times } from './testdata/limits.ts';
import { connect, type RawClient } from './testdata/raw-client.ts';

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
