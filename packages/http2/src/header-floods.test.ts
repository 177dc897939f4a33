import { describe, expect, test } from 'vitest';
import { ErrorCode } from './index.ts';
import { answering, collect, OK } from './testdata/collect.ts';
import { FrameType, frame, headers, POST, request } from './testdata/frames.ts';
import { expectCalm, times } from './testdata/limits.ts';
import { connect } from './testdata/raw-client.ts';

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
