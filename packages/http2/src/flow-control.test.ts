import { expect, test } from 'vitest';
import { ErrorCode } from './index.ts';
import { Setting } from './settings/setting.ts';
import { collect, OK } from './testdata/collect.ts';
import {
  data,
  Flag,
  FrameType,
  frame,
  headers,
  PREFACE,
  request,
  settings,
  settingsAck,
  uint32,
  windowUpdate,
} from './testdata/frames.ts';
import { connect, type RawClient } from './testdata/raw-client.ts';

/** The updates that came for a stream. */
function updatesOf(client: RawClient, id: number): number[] {
  return client.of(FrameType.WINDOW_UPDATE, id).map(({ payload }) => payload.readUInt32BE());
}

const WINDOWS = { initialWindowBytes: 70_000, connectionWindowBytes: 100_000 };

test('the connection begins with the settings that differ from the usual ones, and its window', async () => {
  const { handler } = collect();
  const client = await connect(handler, {
    options: { ...WINDOWS, headerTableBytes: 0, maxFrameBytes: 20_000, enableConnectProtocol: true },
  });
  const [first, second] = client.received();
  expect(first?.type).toBe(FrameType.SETTINGS);
  const pairs = Array.from({ length: (first?.payload.length ?? 0) / 6 }, (_, index) => [
    first?.payload.readUInt16BE(index * 6),
    first?.payload.readUInt32BE(index * 6 + 2),
  ]);
  expect(pairs).toEqual([
    [Setting.MAX_CONCURRENT_STREAMS, 100],
    [Setting.MAX_HEADER_LIST_SIZE, 16_384],
    [Setting.HEADER_TABLE_SIZE, 0],
    [Setting.INITIAL_WINDOW_SIZE, 70_000],
    [Setting.MAX_FRAME_SIZE, 20_000],
    [Setting.ENABLE_CONNECT_PROTOCOL, 1],
  ]);
  expect(second).toMatchObject({ type: FrameType.WINDOW_UPDATE, id: 0, payload: uint32(100_000 - 65_535) });
});

test('a body that is read is granted again, padding too', async () => {
  const { handler } = collect();
  const client = await connect(handler, { options: WINDOWS });
  const before = updatesOf(client, 0).length;
  await client.send(headers(1), data(1, Buffer.alloc(16_384)), data(1, Buffer.alloc(16_384)));
  expect(updatesOf(client, 1)).toEqual([]);
  const padded = frame(FrameType.DATA, Flag.PADDED, 1, Buffer.concat([Buffer.of(200), Buffer.alloc(3000)]));
  await client.send(padded);
  expect(updatesOf(client, 1)).toEqual([16_384 * 2 + 3001]);
  await client.send(data(1, Buffer.alloc(14_231)));
  expect(updatesOf(client, 0).slice(before)).toEqual([50_000]);
});

test('a paused stream grants nothing until it is resumed', async () => {
  const { handler, seen } = collect((stream) => stream.pause());
  const client = await connect(handler, { options: WINDOWS });
  const before = updatesOf(client, 0).length;
  await client.send(headers(1), ...Array.from({ length: 4 }, () => data(1, Buffer.alloc(16_000))));
  expect(seen[0]?.body).toHaveLength(64_000);
  expect(updatesOf(client, 1)).toEqual([]);
  expect(updatesOf(client, 0)).toHaveLength(before);
  seen[0]?.stream.resume();
  await client.quiet();
  expect(updatesOf(client, 1)).toEqual([64_000]);
  expect(updatesOf(client, 0).slice(before)).toEqual([64_000]);
});

test('what a paused stream holds is granted to the others when it closes', async () => {
  const { handler, seen } = collect((stream) => stream.pause());
  const client = await connect(handler, { options: WINDOWS });
  const before = updatesOf(client, 0).length;
  await client.send(headers(1), ...Array.from({ length: 4 }, () => data(1, Buffer.alloc(16_000))));
  seen[0]?.stream.reset(ErrorCode.CANCEL);
  await client.quiet();
  expect(updatesOf(client, 0).slice(before)).toEqual([64_000]);
});

test('bodies that nobody reads, and those of streams that were reset, are granted to the connection', async () => {
  const client = await connect(
    { request: (stream) => void stream.reset(ErrorCode.CANCEL) },
    { options: WINDOWS },
  );
  const before = updatesOf(client, 0).length;
  await client.send(headers(1), ...Array.from({ length: 4 }, () => data(1, Buffer.alloc(16_000))));
  expect(updatesOf(client, 0).slice(before)).toEqual([64_000]);
});

test.each([
  ['of a stream', 'in many pieces', [16_000, 16_000, 16_000, 16_000, 6001], 1],
  ['of the connection', 'on many streams', [16_000, 16_000, 16_000, 16_000, 16_000, 16_000, 4001], 2],
])(
  'SECURITY 17: more than the window %s, sent %s, ends the stream or the connection',
  async (_what, _how, sizes, every) => {
    const { handler } = collect((stream) => stream.pause());
    const client = await connect(handler, { options: WINDOWS });
    const id = (index: number): number => (every === 1 ? 1 : index * 2 + 1);
    await client.send(
      ...sizes.flatMap((size, index) => [
        ...(index === 0 || every === 2 ? [headers(id(index))] : []),
        data(id(index), Buffer.alloc(size)),
      ]),
    );
    expect(every === 1 ? client.resetOf(1) : client.goAway()).toBe(ErrorCode.FLOW_CONTROL_ERROR);
  },
);

test('the usual window holds until the client has acknowledged a smaller one', async () => {
  const { handler, seen } = collect((stream) => stream.pause());
  const options = { initialWindowBytes: 1000 };
  const client = await connect(handler, { options, hello: Buffer.concat([PREFACE, settings()]) });
  await client.send(headers(1), data(1, Buffer.alloc(10_000)));
  expect(seen[0]?.body).toHaveLength(10_000);
  await client.send(settingsAck);
  expect(client.resetOf(1)).toBeUndefined();
  await client.send(headers(3), data(3, Buffer.alloc(1000)), data(3, Buffer.alloc(1)));
  expect(client.resetOf(3)).toBe(ErrorCode.FLOW_CONTROL_ERROR);
  await client.send(data(1, Buffer.alloc(1)));
  expect(client.resetOf(1)).toBe(ErrorCode.FLOW_CONTROL_ERROR);
});

test('a body that was taken before the client has acknowledged a smaller window is granted after it', async () => {
  const { handler, seen } = collect();
  const options = { initialWindowBytes: 1000 };
  const client = await connect(handler, { options, hello: Buffer.concat([PREFACE, settings()]) });
  await client.send(headers(1), data(1, Buffer.alloc(15_000)), data(1, Buffer.alloc(15_000)));
  expect(seen[0]?.body).toHaveLength(30_000);
  await client.send(settingsAck);
  // All of it, or the client would have less than nothing left.
  expect(updatesOf(client, 1)).toEqual([30_000]);
  await client.send(data(1, Buffer.alloc(1000), Flag.END_STREAM));
  expect(seen[0]?.isEnded).toBe(true);
});

test('an answer waits for the windows of its stream and of the connection', async () => {
  const { handler, seen } = collect();
  const hello = Buffer.concat([PREFACE, settings([Setting.INITIAL_WINDOW_SIZE, 10]), settingsAck]);
  const client = await connect(handler, { hello });
  await client.send(request(1));
  seen[0]?.stream.respond(200, OK, undefined, Buffer.from('abcdefghijklmnopqrstuvwxyz'), {
    fields: ['t', '1'],
  });
  await client.quiet();
  expect(String(client.body(1))).toBe('abcdefghij');
  await client.send(windowUpdate(1, 3));
  expect(String(client.body(1))).toBe('abcdefghijklm');
  expect(client.blocks(1)).toHaveLength(1);
  await client.send(settings([Setting.INITIAL_WINDOW_SIZE, 20]));
  expect(String(client.body(1))).toBe('abcdefghijklmnopqrstuvw');
  expect(seen[0]?.closed).toBeNull();
  await client.send(windowUpdate(1, 100));
  expect(String(client.body(1))).toBe('abcdefghijklmnopqrstuvwxyz');
  expect(client.blocks(1)).toEqual([
    [':status', '200', ...OK.fields],
    ['t', '1'],
  ]);
  expect(seen[0]?.closed).toBeUndefined();
});

test('a window may shrink below nothing', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(65_536), undefined);
  await client.send(settings([Setting.INITIAL_WINDOW_SIZE, 0]), windowUpdate(0, 100_000));
  expect(client.body(1)).toHaveLength(65_535);
  await client.send(windowUpdate(1, 65_535));
  expect(client.body(1)).toHaveLength(65_535);
  await client.send(windowUpdate(1, 1));
  expect(client.body(1)).toHaveLength(65_536);
});

test('SECURITY 17: settings that make the window of a stream too large end the connection', async () => {
  const { handler } = collect();
  const client = await connect(handler);
  await client.send(request(1), windowUpdate(1, 1), settings([Setting.INITIAL_WINDOW_SIZE, 0x7fffffff]));
  expect(client.goAway()).toBe(ErrorCode.FLOW_CONTROL_ERROR);
});

test.each([
  [Setting.ENABLE_PUSH, 2, ErrorCode.PROTOCOL_ERROR],
  [Setting.INITIAL_WINDOW_SIZE, 0x80000000, ErrorCode.FLOW_CONTROL_ERROR],
  [Setting.MAX_FRAME_SIZE, 16_383, ErrorCode.PROTOCOL_ERROR],
  [Setting.MAX_FRAME_SIZE, 0x1000000, ErrorCode.PROTOCOL_ERROR],
])('setting %i may not be %i', async (setting, value, code) => {
  const { handler } = collect();
  const client = await connect(handler);
  await client.send(settings([setting, value]));
  expect(client.goAway()).toBe(code);
});

test('streams that wait for the connection take turns', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1), request(3), request(5));
  for (const { stream } of seen) {
    stream.respond(200, OK, undefined, Buffer.alloc(60_000, stream.id), undefined);
  }
  await client.send(windowUpdate(0, 65_536));
  const sizes = [1, 3, 5].map((id) => client.body(id).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(131_071);
  // The first one had what the connection began with.
  expect(sizes[0]).toBe(60_000);
  expect(Math.abs((sizes[1] as number) - (sizes[2] as number))).toBeLessThanOrEqual(16_384);
  await client.send(windowUpdate(0, 100_000));
  expect([1, 3, 5].map((id) => client.body(id).every((byte) => byte === id))).toEqual([true, true, true]);
  expect(client.body(5)).toHaveLength(60_000);
});

test('frames are no larger than the client takes', async () => {
  const { handler, seen } = collect();
  const hello = Buffer.concat([PREFACE, settings([Setting.MAX_FRAME_SIZE, 20_000]), settingsAck]);
  const client = await connect(handler, { hello });
  await client.send(request(1));
  seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(50_000), undefined);
  await client.quiet();
  expect(client.of(FrameType.DATA).map(({ payload }) => payload.length)).toEqual([20_000, 20_000, 10_000]);
});

test('frames are no larger than the others can wait for', async () => {
  const { handler, seen } = collect();
  const most = [Setting.MAX_FRAME_SIZE, 2 ** 24 - 1] as const;
  const hello = Buffer.concat([
    PREFACE,
    settings([Setting.INITIAL_WINDOW_SIZE, 1_000_000], most),
    settingsAck,
  ]);
  const client = await connect(handler, { hello });
  await client.send(windowUpdate(0, 1_000_000), request(1));
  seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(200_000), undefined);
  await client.quiet();
  const sizes = client.of(FrameType.DATA).map(({ payload }) => payload.length);
  expect(sizes).toEqual([65_536, 65_536, 65_536, 3392]);
});

test('a writer is told when what it wrote has left', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  const { stream } = seen[0] ?? {};
  stream?.open(200, OK, undefined);
  expect(stream?.write(Buffer.alloc(65_535))).toBe(true);
  expect(stream?.write(Buffer.alloc(60_000))).toBe(true);
  expect(stream?.write(Buffer.alloc(6000))).toBe(false);
  await client.send(windowUpdate(0, 100_000), windowUpdate(1, 65_999));
  expect(seen[0]?.drained).toBe(0);
  await client.send(windowUpdate(1, 1));
  expect(seen[0]?.drained).toBe(1);
  expect(stream?.write(Buffer.from('x'))).toBe(true);
  stream?.end({ fields: ['t', '1'] });
  expect(seen[0]?.closed).toBeNull();
  await client.send(windowUpdate(1, 1));
  expect(client.body(1)).toHaveLength(131_536);
  expect(client.blocks(1)[1]).toEqual(['t', '1']);
  expect(seen[0]?.closed).toBeUndefined();
});

test('a client that allows no header table is told once that none is used', async () => {
  const { handler, seen } = collect();
  const hello = Buffer.concat([PREFACE, settings([Setting.HEADER_TABLE_SIZE, 100]), settingsAck]);
  const client = await connect(handler, { hello });
  await client.send(request(1), request(3));
  for (const { stream } of seen) {
    stream.respond(200, OK, undefined, undefined, undefined);
  }
  await client.quiet();
  const begins = client.of(FrameType.HEADERS).map(({ payload }) => payload[0]);
  expect(begins).toEqual([0x20, 0x88]);
});
