import { expect, test } from 'vitest';
import { ErrorCode } from './index.ts';
import { answering, collect, OK } from './testdata/collect.ts';
import {
  data,
  Flag,
  FrameType,
  frame,
  framesIn,
  headers,
  POST,
  ping,
  request,
  reset,
  windowUpdate,
} from './testdata/frames.ts';
import { connect } from './testdata/raw-client.ts';

test('a request comes with its fields, its body in pieces and its trailers', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(
    headers(1, [...POST, 'x-a', '1', 'x-a', '2', 'cookie', 'a=b', 'cookie', 'c=d']),
    data(1, 'one '),
    data(1, 'two'),
    headers(1, ['sum', '7'], Flag.END_STREAM),
  );
  const [one] = seen;
  expect(one).toMatchObject({ body: 'one two', trailers: ['sum', '7'], isEnded: true, closed: null });
  const { head } = one?.stream ?? {};
  expect(head).toMatchObject({ method: 'POST', scheme: 'http', path: '/', authority: 'here' });
  expect(head?.get('x-a')).toBe('1, 2');
  expect(head?.get('cookie')).toBe('a=b; c=d');
  expect(head?.get('x-b')).toBeUndefined();
});

test('what bytes tell is told between their coming and their end', async () => {
  const told: string[] = [];
  const { handler } = collect(() => void told.push('request'));
  const client = await connect({
    ...handler,
    receiving: () => told.push('receiving'),
    received: () => told.push('received'),
  });
  await client.quiet();
  told.length = 0;
  await client.send(request(1), request(3));
  expect(told).toEqual(['receiving', 'request', 'request', 'received']);
});

test('heads that repeat are one object', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1), request(3), request(5));
  expect(seen[2]?.stream.head).toBe(seen[1]?.stream.head);
});

test('an answer has its own fields, body and trailers; the stream is closed after it', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  seen[0]?.stream.respond(404, OK, ['x-own', 'é'], Buffer.from('nothing'), { fields: ['left', '0'] });
  await client.quiet();
  expect(client.blocks(1)).toEqual([
    [':status', '404', 'content-type', 'text/plain', 'x-own', 'é'],
    ['left', '0'],
  ]);
  expect(String(client.body(1))).toBe('nothing');
  expect(client.of(FrameType.HEADERS).map(({ flags }) => flags)).toEqual([
    Flag.END_HEADERS,
    Flag.END_HEADERS | Flag.END_STREAM,
  ]);
  expect(seen[0]?.closed).toBeUndefined();
  expect(client.connection.openStreams).toBe(0);
});

test.each([
  ['HEAD', 200],
  ['POST', 204],
  ['POST', 304],
])('an answer to %s with status %i has no body, however it is given', async (method, status) => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  const fields = [':method', method, ...POST.slice(2)];
  await client.send(request(1, fields), request(3, fields));
  seen[0]?.stream.respond(status, OK, undefined, Buffer.from('body'), undefined);
  const second = seen[1]?.stream;
  second?.open(status, OK, undefined);
  second?.write(Buffer.from('body'));
  second?.end();
  await client.quiet();
  expect(client.body(1)).toHaveLength(0);
  expect(client.body(3)).toHaveLength(0);
  expect(seen.map(({ closed }) => closed)).toEqual([undefined, undefined]);
});

test('informational answers come before the one that counts', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(headers(1));
  seen[0]?.stream.inform(100);
  seen[0]?.stream.inform(103, ['link', '</a>']);
  expect(() => seen[0]?.stream.inform(200)).toThrow(RangeError);
  await client.send(data(1, 'x', Flag.END_STREAM));
  seen[0]?.stream.respond(200, OK, undefined, undefined, undefined);
  await client.quiet();
  expect(client.blocks(1).map(([, status]) => status)).toEqual(['100', '103', '200']);
});

test('an answer in pieces leaves as it is written', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  const { stream } = seen[0] ?? {};
  stream?.open(200, OK, undefined);
  await client.quiet();
  expect(client.blocks(1)).toHaveLength(1);
  stream?.write(Buffer.from('a'));
  stream?.write(Buffer.from(''));
  stream?.write(Buffer.from('b'));
  await client.quiet();
  expect(String(client.body(1))).toBe('ab');
  expect(seen[0]?.closed).toBeNull();
  stream?.end();
  await client.quiet();
  expect(client.of(FrameType.DATA, 1).at(-1)?.flags).toBe(Flag.END_STREAM);
  expect(seen[0]?.closed).toBeUndefined();
});

test('fields that HTTP/2 cannot carry are refused, and something else can be sent instead', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  const { stream } = seen[0] ?? {};
  for (const own of [['X-A', '1'], ['connection', 'close'], ['x', 'a\nb'], ['x', '☃'], ['a b', ''], ['x']]) {
    expect(() => stream?.respond(200, OK, own, undefined, undefined)).toThrow(TypeError);
    expect(() => stream?.respond(200, { fields: own }, undefined, undefined, undefined)).toThrow(TypeError);
    expect(() => stream?.respond(200, OK, undefined, undefined, { fields: own })).toThrow(TypeError);
    expect(() => stream?.inform(103, own)).toThrow(TypeError);
  }
  expect(() => stream?.respond(1000, OK, undefined, undefined, undefined)).toThrow(RangeError);
  expect(() => stream?.respond(100, OK, undefined, undefined, undefined)).toThrow(RangeError);
  await client.quiet();
  expect(client.of(FrameType.HEADERS)).toEqual([]);
  stream?.respond(500, OK, undefined, undefined, undefined);
  await client.quiet();
  expect(client.blocks(1)).toEqual([[':status', '500', ...OK.fields]]);
});

test('an answer in pieces that could not begin leaves no trace', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  const { stream } = seen[0] ?? {};
  expect(() => stream?.open(204, OK, ['a b', ''])).toThrow(TypeError);
  stream?.open(500, OK, undefined);
  expect(() => stream?.open(204, OK, undefined)).toThrow('one head');
  stream?.write(Buffer.from('why'));
  stream?.end();
  await client.quiet();
  expect(String(client.body(1))).toBe('why');
});

test('calls out of turn are refused; those on a closed stream do nothing', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  const { stream } = seen[0] ?? {};
  expect(() => stream?.write(Buffer.from('x'))).toThrow('before');
  expect(() => stream?.end()).toThrow('open()');
  stream?.open(200, OK, undefined);
  expect(() => stream?.open(200, OK, undefined)).toThrow('one head');
  expect(() => stream?.inform(103)).toThrow('before it');
  stream?.end();
  expect(stream?.isClosed).toBe(true);
  const bad = { fields: ['a b', ''] };
  stream?.respond(200, OK, undefined, undefined, undefined);
  stream?.respond(1, bad, bad.fields, undefined, bad);
  stream?.open(1, bad, bad.fields);
  stream?.inform(103);
  stream?.inform(1, bad.fields);
  stream?.end();
  stream?.end(bad);
  stream?.reset(ErrorCode.CANCEL);
  expect(stream?.write(Buffer.from('x'))).toBe(true);
  await client.quiet();
  expect(client.received().filter(({ id }) => id === 1)).toHaveLength(2);
});

test('an answer before the end of the request asks the client to stop, and what is on its way does no harm', async () => {
  const { handler, seen } = collect((stream) => stream.respond(200, OK, undefined, undefined, undefined));
  const client = await connect(handler);
  await client.send(headers(1));
  expect(client.resetOf(1)).toBe(ErrorCode.NO_ERROR);
  expect(seen[0]?.closed).toBeUndefined();
  await client.send(data(1, 'late'), windowUpdate(1, 5), headers(1, ['t', '1'], Flag.END_STREAM), reset(1));
  await client.send(request(3));
  expect(client.goAway()).toBeUndefined();
  expect(client.blocks(3)).toHaveLength(1);
});

test('a long answer before the end of the request asks the client to stop once it has left', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler, { isDeaf: true });
  await client.send(headers(1), windowUpdate(0, 1_000_000), windowUpdate(1, 1_000_000));
  seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(500_000), undefined);
  await client.quiet();
  const chunks: Buffer[] = [];
  client.socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  while (seen[0]?.closed === null) {
    await new Promise(setImmediate);
  }
  await client.quiet();
  const last = framesIn(Buffer.concat(chunks)).slice(-2);
  expect(last.map(({ type, flags }) => [type, flags])).toEqual([
    [FrameType.DATA, Flag.END_STREAM],
    [FrameType.RST_STREAM, 0],
  ]);
});

test('an answer in the turn in which the request ends asks for nothing', async () => {
  const { handler } = collect((stream) => stream.respond(200, OK, undefined, undefined, undefined));
  const client = await connect(handler);
  await client.send(headers(1), data(1, 'x', Flag.END_STREAM));
  expect(client.resetOf(1)).toBeUndefined();
  expect(client.connection.openStreams).toBe(0);
});

test('a reset by the client is told once, and its stream is closed', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(headers(1), reset(1, 5), reset(1, 5), windowUpdate(1, 1));
  expect(seen[0]).toMatchObject({ closed: 5, isEnded: false });
  expect(seen[0]?.stream.isClosed).toBe(true);
  expect(client.goAway()).toBeUndefined();
});

test('a reset by us drops what waits', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  seen[0]?.stream.respond(200, OK, undefined, Buffer.alloc(200_000), undefined);
  seen[0]?.stream.reset(ErrorCode.INTERNAL_ERROR);
  await client.send(windowUpdate(0, 200_000));
  expect(client.body(1)).toHaveLength(65_535);
  expect(client.resetOf(1)).toBe(ErrorCode.INTERNAL_ERROR);
  expect(seen[0]?.closed).toBe(ErrorCode.INTERNAL_ERROR);
  expect(client.connection.sender.waitingBytes).toBe(0);
});

test('a connection that is lost closes its streams', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(headers(1), request(3));
  client.connection.socket.destroy();
  await client.quiet();
  expect(seen.map(({ closed }) => closed)).toEqual([ErrorCode.CANCEL, ErrorCode.CANCEL]);
  expect(client.closedWith()).toBeUndefined();
});

test('padding, priorities, unknown frames and unknown flags are ignored', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  const block = headers(1).subarray(9);
  const padded = Buffer.concat([Buffer.of(3, 0, 0, 0, 0, 9), block, Buffer.alloc(3)]);
  await client.send(
    frame(0xfe, 0xff, 7, Buffer.from('unknown')),
    frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.PADDED | Flag.PRIORITY | 0xc0, 1, padded),
    frame(FrameType.DATA, Flag.PADDED, 1, Buffer.concat([Buffer.of(2), Buffer.from('abc'), Buffer.alloc(2)])),
    frame(FrameType.PRIORITY, 0, 9, Buffer.alloc(5)),
    frame(FrameType.DATA, Flag.PADDED | Flag.END_STREAM, 1, Buffer.of(0)),
  );
  expect(seen[0]).toMatchObject({ body: 'abc', isEnded: true });
  expect(client.goAway()).toBeUndefined();
});

test('a header block may come in many frames', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  const block = headers(1, [...POST, 'x', 'y'.repeat(100)]).subarray(9);
  await client.send(
    frame(FrameType.HEADERS, Flag.END_STREAM, 1, block.subarray(0, 3)),
    frame(FrameType.CONTINUATION, 0, 1, block.subarray(3, 3)),
    frame(FrameType.CONTINUATION, 0, 1, block.subarray(3, 20)),
    frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, block.subarray(20)),
  );
  expect(seen[0]?.stream.head.get('x')).toHaveLength(100);
  expect(seen[0]?.isEnded).toBe(true);
});

test('a PING is answered with its own bytes', async () => {
  const client = await connect(answering);
  await client.send(ping('12345678'));
  expect(client.of(FrameType.PING).map(({ flags, payload }) => [flags, String(payload)])).toEqual([
    [Flag.ACK, '12345678'],
  ]);
});

test('an answer with more fields than fit into a frame is continued', async () => {
  const { handler, seen } = collect();
  const client = await connect(handler);
  await client.send(request(1));
  const value = '~'.repeat(40_000);
  seen[0]?.stream.respond(200, OK, ['x', value], undefined, undefined);
  await client.quiet();
  const parts = client.received().filter(({ id }) => id === 1);
  expect(parts.map(({ type, flags }) => [type, flags])).toEqual([
    [FrameType.HEADERS, Flag.END_STREAM],
    [FrameType.CONTINUATION, 0],
    [FrameType.CONTINUATION, Flag.END_HEADERS],
  ]);
});

test('an extended CONNECT is a stream in both directions, where the server takes that', async () => {
  const { handler, seen } = collect((stream) => stream.open(200, OK, undefined));
  const client = await connect(handler, { options: { enableConnectProtocol: true } });
  const fields = [':method', 'CONNECT', ':protocol', 'websocket', ...POST.slice(2)];
  await client.send(headers(1, fields), data(1, 'ping'));
  expect(seen[0]).toMatchObject({ body: 'ping', isEnded: false });
  expect(seen[0]?.stream.head.protocol).toBe('websocket');
  seen[0]?.stream.write(Buffer.from('pong'));
  await client.quiet();
  expect(String(client.body(1))).toBe('pong');

  const other = await connect(handler);
  await other.send(headers(1, fields));
  expect(other.resetOf(1)).toBe(ErrorCode.PROTOCOL_ERROR);
});
