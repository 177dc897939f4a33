import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { ErrorCode, type Http2Options } from './index.ts';
import { collect, OK } from './testdata/collect.ts';
import { Flag, FrameType, HELLO, PREFACE, ping, request, settings } from './testdata/frames.ts';
import { connect, type RawClient } from './testdata/raw-client.ts';
import { serve } from './testdata/serve.ts';

const options: Partial<Http2Options> = { keepaliveTimeMs: 5000, keepaliveTimeoutMs: 1000, lingerMs: 60_000 };

/** The PINGs that have come, and are no answers. */
const pings = (client: RawClient) =>
  client.of(FrameType.PING).filter(({ flags }) => (flags & Flag.ACK) === 0);

/** Time passes in which nothing is said. */
async function silence(client: RawClient, milliseconds: number): Promise<void> {
  client.sleep(milliseconds);
  await client.quiet();
}

/** A client with an open stream that said nothing until it was asked. */
async function asked(more: Partial<Http2Options> = {}) {
  const { handler, seen } = collect();
  const client = await connect(handler, { options: { ...options, ...more } });
  await client.send(request(1));
  await silence(client, 1);
  await silence(client, 5000);
  expect(pings(client)).toEqual([]);
  await silence(client, 1);
  expect(pings(client)).toHaveLength(1);
  return { client, seen };
}

describe('SECURITY 17: clients that are gone without a word', () => {
  test('are asked after a while, and their connection ends when nothing comes', async () => {
    const { client, seen } = await asked();
    await silence(client, 1000);
    expect(client.goAway()).toBeUndefined();
    await silence(client, 1);
    expect(client.goAway()).toBe(ErrorCode.NO_ERROR);
    expect(pings(client)).toHaveLength(1);
    expect(seen[0]?.closed).toBe(ErrorCode.CANCEL);
    client.socket.end();
    await client.quiet();
    expect(client.closedWith()?.message).toBe(
      'a PING had no answer within 1000 ms, after 5000 ms of silence',
    );
  });

  test('one that answers stays, and is asked again', async () => {
    const { client, seen } = await asked();
    for (let count = 1; count <= 3; count++) {
      await client.send(ping(String(pings(client).at(-1)?.payload), Flag.ACK));
      await silence(client, 1);
      await silence(client, 5000);
      expect(pings(client)).toHaveLength(count);
      await silence(client, 1);
      expect(pings(client)).toHaveLength(count + 1);
    }
    seen[0]?.stream.respond(200, OK, undefined, Buffer.from('still'), undefined);
    await client.quiet();
    expect(client.body(1).toString()).toBe('still');
    expect(client.goAway()).toBeUndefined();
  });

  test('whatever else comes is an answer', async () => {
    const { client } = await asked();
    await client.send(request(3));
    await silence(client, 1001);
    await silence(client, 3999);
    expect(client.goAway()).toBeUndefined();
    expect(pings(client)).toHaveLength(1);
  });

  test('one that says something now and then is not asked', async () => {
    const client = await connect(collect().handler, { options });
    for (let stream = 1; stream < 10; stream += 2) {
      await client.send(request(stream));
      await silence(client, 4000);
    }
    expect(pings(client)).toEqual([]);
  });

  test.each([
    ['are asked, too', true, 1],
    ['are not asked where that is not wanted', false, 0],
  ])('connections without streams %s', async (_what, keepaliveWithoutStreams, count) => {
    const client = await connect(collect().handler, { options: { ...options, keepaliveWithoutStreams } });
    await silence(client, 1);
    await silence(client, 5001);
    expect(pings(client)).toHaveLength(count);
    await silence(client, 1001);
    expect(client.goAway()).toBe(count === 0 ? undefined : ErrorCode.NO_ERROR);
  });

  test('those with streams are asked wherever', async () => {
    const { client } = await asked({ keepaliveWithoutStreams: false });
    await silence(client, 1001);
    expect(client.goAway()).toBe(ErrorCode.NO_ERROR);
  });

  test('a drain goes on when streams are open, and so does this', async () => {
    const { client } = await asked();
    client.connection.drain();
    await client.quiet();
    // Late, and for what was asked before: streams may be on their way still.
    await client.send(ping(String(pings(client)[0]?.payload), Flag.ACK));
    expect(client.of(FrameType.GOAWAY)).toHaveLength(1);
    await client.send(ping(String(pings(client)[1]?.payload), Flag.ACK));
    expect(client.of(FrameType.GOAWAY)).toHaveLength(2);
    await silence(client, 1);
    await silence(client, 5001);
    await silence(client, 1001);
    expect(client.of(FrameType.GOAWAY)).toHaveLength(3);
    expect(client.connection.isOver).toBe(true);
  });

  test('one that takes nothing and is not read from has the time of a client that takes nothing', async () => {
    const { handler } = collect((stream) =>
      stream.respond(200, OK, undefined, Buffer.alloc(30_000), undefined),
    );
    const client = await connect(handler, {
      options: { ...options, maxBufferedBytes: 10_000, windowStallMs: 60_000, settingsTimeoutMs: 100_000 },
      hello: Buffer.concat([PREFACE, settings()]),
      isDeaf: true,
    });
    for (const id of [1, 3, 5]) {
      await client.send(request(id));
    }
    await client.send(ping(), ...Array.from({ length: 2000 }, () => ping()));
    expect(client.connection.socket.isPaused()).toBe(true);
    client.sleep(1);
    client.sleep(50_000);
    client.sleep(5000);
    expect(client.connection.isOver).toBe(false);
  });
});

test('SECURITY 17: a client that is gone without a word is noticed on a real socket', async () => {
  await using served = await serve(collect().handler, { keepaliveTimeMs: 50, keepaliveTimeoutMs: 50 });
  const socket = net.connect(served.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  socket.write(Buffer.concat([HELLO, request(1)]));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(served.connections[0]?.isEnding).toBe(true);
});
