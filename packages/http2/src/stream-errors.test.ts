import { describe, expect, test } from 'vitest';
import { ErrorCode } from './index.ts';
import { answering, collect } from './testdata/collect.ts';
import {
  data,
  Flag,
  FrameType,
  frame,
  headers,
  POST,
  ping,
  request,
  reset,
  uint32,
  windowUpdate,
} from './testdata/frames.ts';
import { connect } from './testdata/raw-client.ts';

describe('ends the connection', () => {
  const late = [request(1), request(5)];
  test.each([
    ['DATA on a stream that was never open', [data(1, 'x')], ErrorCode.PROTOCOL_ERROR],
    ['DATA on no stream', [data(0, 'x')], ErrorCode.PROTOCOL_ERROR],
    ['DATA on a closed stream', [...late, data(1, 'x')], ErrorCode.STREAM_CLOSED],
    ['HEADERS on a closed stream', [...late, request(1)], ErrorCode.STREAM_CLOSED],
    ['HEADERS on a stream that was left out', [...late, request(3)], ErrorCode.PROTOCOL_ERROR],
    ['HEADERS on an even stream', [request(2)], ErrorCode.PROTOCOL_ERROR],
    ['RST_STREAM on a stream that was never open', [reset(1)], ErrorCode.PROTOCOL_ERROR],
    ['WINDOW_UPDATE on a stream that was never open', [windowUpdate(1, 1)], ErrorCode.PROTOCOL_ERROR],
    ['an update of the connection by nothing', [windowUpdate(0, 0)], ErrorCode.PROTOCOL_ERROR],
    [
      'a window of the connection above the most',
      [windowUpdate(0, 0x7fffffff)],
      ErrorCode.FLOW_CONTROL_ERROR,
    ],
    ['PUSH_PROMISE', [frame(FrameType.PUSH_PROMISE, 4, 1, uint32(2))], ErrorCode.PROTOCOL_ERROR],
    ['CONTINUATION out of turn', [frame(FrameType.CONTINUATION, 4, 1)], ErrorCode.PROTOCOL_ERROR],
    ['a frame within a header block', [frame(FrameType.HEADERS, 0, 1), ping()], ErrorCode.PROTOCOL_ERROR],
    ['a PING of 7 bytes', [ping('abcdefg')], ErrorCode.FRAME_SIZE_ERROR],
    ['a PING on a stream', [frame(FrameType.PING, 0, 1, Buffer.alloc(8))], ErrorCode.PROTOCOL_ERROR],
    ['SETTINGS of 5 bytes', [frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(5))], ErrorCode.FRAME_SIZE_ERROR],
    ['SETTINGS on a stream', [frame(FrameType.SETTINGS, 0, 1)], ErrorCode.PROTOCOL_ERROR],
    [
      'SETTINGS that are acknowledged with bytes',
      [frame(FrameType.SETTINGS, Flag.ACK, 0, Buffer.alloc(6))],
      ErrorCode.FRAME_SIZE_ERROR,
    ],
    [
      'RST_STREAM of 3 bytes',
      [frame(FrameType.RST_STREAM, 0, 1, Buffer.alloc(3))],
      ErrorCode.FRAME_SIZE_ERROR,
    ],
    ['GOAWAY of 7 bytes', [frame(FrameType.GOAWAY, 0, 0, Buffer.alloc(7))], ErrorCode.FRAME_SIZE_ERROR],
    ['a frame that is too large', [data(1, Buffer.alloc(16_385))], ErrorCode.FRAME_SIZE_ERROR],
    [
      'a header block that is none',
      [frame(FrameType.HEADERS, 5, 1, Buffer.of(0x80))],
      ErrorCode.COMPRESSION_ERROR,
    ],
    [
      'more padding than bytes',
      [frame(FrameType.HEADERS, 0xd, 1, Buffer.of(9, 0x82))],
      ErrorCode.PROTOCOL_ERROR,
    ],
    ['padding without a byte', [frame(FrameType.HEADERS, 0xd, 1)], ErrorCode.FRAME_SIZE_ERROR],
    [
      'a priority without room for it',
      [frame(FrameType.HEADERS, 0x25, 1, Buffer.of(0, 0, 0, 3))],
      ErrorCode.FRAME_SIZE_ERROR,
    ],
    ['PRIORITY on no stream', [frame(FrameType.PRIORITY, 0, 0, Buffer.alloc(5))], ErrorCode.PROTOCOL_ERROR],
  ])('%s', async (_what, frames, code) => {
    const client = await connect(answering);
    await client.send(...frames);
    expect(client.goAway()).toBe(code);
    client.sleep(0);
    expect(client.connection.isOver).toBe(true);
  });

  test.each([
    ['no preface', Buffer.from('GET / HTTP/1.1\r\nhost: here\r\n\r\n')],
    [
      'no SETTINGS after the preface',
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), ping()]),
    ],
  ])('%s', async (_what, hello) => {
    const client = await connect(answering, { hello });
    expect(client.goAway()).toBe(ErrorCode.PROTOCOL_ERROR);
  });
});

describe('ends the stream, and no other', () => {
  const priority = Buffer.concat([uint32(1), Buffer.of(16)]);
  test.each([
    ['DATA after the end', [request(1), data(1, 'x')], ErrorCode.STREAM_CLOSED],
    ['HEADERS after the end', [request(1), request(1)], ErrorCode.STREAM_CLOSED],
    ['trailers that do not end', [headers(1), headers(1, ['a', 'b'])], ErrorCode.PROTOCOL_ERROR],
    [
      'trailers with control data',
      [headers(1), headers(1, [':path', '/'], Flag.END_STREAM)],
      ErrorCode.PROTOCOL_ERROR,
    ],
    ['an update by nothing', [headers(1), windowUpdate(1, 0)], ErrorCode.PROTOCOL_ERROR],
    ['a window above the most', [headers(1), windowUpdate(1, 0x7fffffff)], ErrorCode.FLOW_CONTROL_ERROR],
    [
      'a stream that depends on itself',
      [frame(FrameType.HEADERS, 0x25, 1, Buffer.concat([priority, headers(1).subarray(9)]))],
      ErrorCode.PROTOCOL_ERROR,
    ],
    ['PRIORITY on itself', [headers(1), frame(FrameType.PRIORITY, 0, 1, priority)], ErrorCode.PROTOCOL_ERROR],
    [
      'PRIORITY of 4 bytes',
      [headers(1), frame(FrameType.PRIORITY, 0, 1, Buffer.alloc(4))],
      ErrorCode.FRAME_SIZE_ERROR,
    ],
    [
      'more bytes than announced',
      [headers(1, [...POST, 'content-length', '1']), data(1, 'xy')],
      ErrorCode.PROTOCOL_ERROR,
    ],
    [
      'fewer bytes than announced',
      [headers(1, [...POST, 'content-length', '3']), data(1, 'xy', Flag.END_STREAM)],
      ErrorCode.PROTOCOL_ERROR,
    ],
    [
      'fewer bytes than announced, with trailers',
      [headers(1, [...POST, 'content-length', '3']), data(1, 'xy'), headers(1, ['a', 'b'], Flag.END_STREAM)],
      ErrorCode.PROTOCOL_ERROR,
    ],
    ['a body announced and none', [request(1, [...POST, 'content-length', '3'])], ErrorCode.PROTOCOL_ERROR],
  ])('%s', async (_what, frames, code) => {
    const { handler, seen } = collect();
    const client = await connect(handler);
    await client.send(...frames);
    expect(client.resetOf(1)).toBe(code);
    await client.send(data(1, 'late'), request(3));
    expect(client.goAway()).toBeUndefined();
    expect(seen.at(-1)?.stream.id).toBe(3);
    expect(client.connection.openStreams).toBe(1);
  });
});
