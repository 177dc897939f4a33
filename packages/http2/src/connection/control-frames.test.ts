import { expect, test } from 'vitest';
import { ErrorCode } from '../error-code.ts';
import { echo } from '../testdata/echo.ts';
import { data, Flag, FrameType, frame, headers, request, settings } from '../testdata/frames.ts';
import { connect } from '../testdata/raw-client.ts';

const INITIAL_WINDOW_SIZE = 0x4;

test('settings are acknowledged before anything leaves that they alone allow', async () => {
  const client = await connect(echo);
  await client.send(settings([INITIAL_WINDOW_SIZE, 0]), headers(1), data(1, 'body', Flag.END_STREAM));
  expect(client.body(1).length).toBe(0);
  const before = client.received().length;
  await client.send(settings([INITIAL_WINDOW_SIZE, 1]));
  const [first, second] = client.received().slice(before);
  expect(first).toMatchObject({ type: FrameType.SETTINGS, flags: Flag.ACK });
  expect(second).toMatchObject({ type: FrameType.DATA, id: 1 });
  expect(client.body(1).toString()).toBe('b');
});

test('PRIORITY with the wrong length ends the connection when its stream has ended', async () => {
  const client = await connect(echo);
  await client.send(request(1));
  expect(client.goAway()).toBeUndefined();
  await client.send(frame(FrameType.PRIORITY, 0, 1, Buffer.alloc(4)));
  expect(client.goAway()).toBe(ErrorCode.FRAME_SIZE_ERROR);
});
