import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ErrorCode, type ServerHandler } from './index.ts';
import { Setting } from './settings/setting.ts';
import { echo, flow } from './testdata/echo.ts';
import {
  data,
  Flag,
  FrameType,
  frame,
  HELLO,
  headers,
  POST,
  ping,
  request,
  reset,
  settings,
  windowUpdate,
} from './testdata/frames.ts';
import { connect } from './testdata/raw-client.ts';

/** Frames that belong together, for a stream that nobody has used. */
const exchanges: readonly ((id: number) => Buffer[])[] = [
  (id) => [request(id)],
  (id) => [headers(id), data(id, 'body', Flag.END_STREAM)],
  (id) => [headers(id, [...POST, 'content-length', '6']), data(id, 'abc'), data(id, 'def', Flag.END_STREAM)],
  (id) => [headers(id), data(id, Buffer.alloc(16_384, 7)), headers(id, ['sum', '7'], Flag.END_STREAM)],
  (id) => [headers(id), data(id, Buffer.alloc(9000, 7)), reset(id), ping()],
  (id) => [request(id, [':method', 'GET']), windowUpdate(0, 100)],
  (id) => [headers(id), windowUpdate(id, 0), data(id, 'late'), data(id, 'later', Flag.END_STREAM)],
  (id) => [frame(0xcc, 0, id, Buffer.from('unknown')), frame(FrameType.PRIORITY, 0, id, Buffer.alloc(5))],
  (id) => {
    const block = headers(id, [...POST, 'x-long', 'z'.repeat(300)]).subarray(9);
    return [
      frame(FrameType.HEADERS, Flag.END_STREAM, id, block.subarray(0, 50)),
      frame(FrameType.CONTINUATION, Flag.END_HEADERS, id, block.subarray(50)),
    ];
  },
  () => [settings([Setting.INITIAL_WINDOW_SIZE, 5]), settings([Setting.INITIAL_WINDOW_SIZE, 65_535])],
  // Whatever follows is not read any more.
  (id) => [windowUpdate(id, 5), ping()],
];

const sessions = fc
  .array(fc.nat(exchanges.length - 1), { minLength: 1, maxLength: 8 })
  .map((picks) =>
    Buffer.concat([HELLO, ...picks.flatMap((pick, index) => exchanges[pick]?.(2 * index + 1) ?? [])]),
  );

/** Everything the server answers to these bytes, by stream, cut into packets as given. */
async function outcome(handler: ServerHandler, bytes: Buffer, sizes: readonly number[]): Promise<unknown> {
  const client = await connect(handler, { hello: Buffer.alloc(0) });
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[index % sizes.length] as number);
    client.socket.write(bytes.subarray(at, at + size));
    at += size;
    await new Promise(setImmediate);
  }
  await client.quiet();
  const frames = client.received();
  const streams = new Map<number, Buffer[]>();
  for (const { id, type, flags, payload } of frames) {
    streams.set(id, [...(streams.get(id) ?? []), frame(type, flags, id, payload)]);
  }
  const open = client.connection.openStreams;
  client.socket.destroy();
  client.connection.socket.destroy();
  return { streams, open };
}

test.each([
  ['at once', echo],
  ['as they come', flow],
] as const)(
  'any split of a session into packets gives the same outcome, for bodies answered %s',
  async (_how, handler) => {
    await fc.assert(
      fc.asyncProperty(
        sessions,
        fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20_000 })), {
          minLength: 1,
          maxLength: 30,
        }),
        async (bytes, sizes) => {
          expect(await outcome(handler, bytes, sizes)).toEqual(await outcome(handler, bytes, []));
        },
      ),
      { numRuns: 60 },
    );
  },
);

test('a session byte by byte', async () => {
  const bytes = Buffer.concat([
    HELLO,
    ...exchanges.flatMap((exchange, index) => (index === 3 ? [] : exchange(2 * index + 1))),
  ]);
  const whole = await outcome(echo, bytes, []);
  expect(await outcome(echo, bytes, [1])).toEqual(whole);
  const { streams } = whole as { streams: Map<number, Buffer[]> };
  expect(streams.get(0)?.at(-1)?.readUInt32BE(13)).toBe(ErrorCode.PROTOCOL_ERROR);
  expect(streams.size).toBe(7);
});
