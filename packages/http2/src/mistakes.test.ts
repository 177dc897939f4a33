import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ErrorCode, type ServerHandler } from './index.ts';
import { Setting } from './settings/setting.ts';
import { OK } from './testdata/collect.ts';
import { headers, POST, PREFACE, request, settings, settingsAck } from './testdata/frames.ts';
import { connect } from './testdata/raw-client.ts';

test('a mistake of the program ends the connection and is not hidden', async () => {
  let receiving = 0;
  const client = await connect({
    receiving: () => void receiving++,
    received: () => void receiving--,
    request: () => {
      throw new RangeError('a mistake');
    },
  });
  const caught = new Promise<unknown>((resolve) => {
    client.connection.socket.removeAllListeners('data');
    client.connection.socket.on('data', (chunk: Buffer) => {
      try {
        client.connection.receive(chunk);
      } catch (reason) {
        resolve(reason);
      }
    });
  });
  await client.send(request(1));
  expect(await caught).toEqual(new RangeError('a mistake'));
  expect(client.goAway()).toBe(ErrorCode.INTERNAL_ERROR);
  expect(receiving).toBe(0);
});

describe('a receiver that makes a mistake as its stream closes', () => {
  const mistake = new RangeError('a mistake');
  const GET = [':method', 'GET', ...POST.slice(2)];
  const seeing = () => {
    const closed: [number, number | undefined][] = [];
    const handler: ServerHandler = {
      request: (stream) => {
        if (stream.head.method === 'GET') {
          stream.respond(200, OK, undefined, Buffer.from('x'), undefined);
        }
        return {
          data: () => {},
          end: () => {},
          drained: () => {},
          closed: (code) => {
            closed.push([stream.id, code]);
            if (stream.id === 1) {
              throw mistake;
            }
          },
        };
      },
    };
    return { closed, handler };
  };

  test('costs no other stream its end, nor the client the reason', async () => {
    const { closed, handler } = seeing();
    const client = await connect(handler, { options: { lingerMs: 5 } });
    await client.send(request(1), request(3));
    expect(() => client.connection.destroy(ErrorCode.ENHANCE_YOUR_CALM)).toThrow(mistake);
    expect(closed.map(([id]) => id)).toEqual([1, 3]);
    await once(client.connection.socket, 'close');
    expect(client.goAway()).toBe(ErrorCode.ENHANCE_YOUR_CALM);
    expect(client.closedWith()).toBeUndefined();
  });

  test('at the end of a turn ends the connection', async () => {
    const { closed, handler } = seeing();
    const client = await connect(handler);
    client.connection.receive(Buffer.concat([headers(1, GET), headers(3, GET), request(5)]));
    expect(() => client.connection.endTurn()).toThrow(mistake);
    expect(closed).toEqual([
      [1, undefined],
      [3, ErrorCode.INTERNAL_ERROR],
      [5, ErrorCode.INTERNAL_ERROR],
    ]);
    await client.quiet();
    expect(client.goAway()).toBe(ErrorCode.INTERNAL_ERROR);
  });

  test('in a look at the connection ends it', async () => {
    const { closed, handler } = seeing();
    const hello = Buffer.concat([PREFACE, settings([Setting.INITIAL_WINDOW_SIZE, 0]), settingsAck]);
    const client = await connect(handler, { hello });
    await client.send(request(1, GET), request(3));
    client.sleep(1);
    expect(() => client.sleep(60_001)).toThrow(mistake);
    expect(closed.map(([id]) => id)).toEqual([1, 3]);
    await client.quiet();
    expect(client.goAway()).toBe(ErrorCode.INTERNAL_ERROR);
  });
});
