import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { timestampOf } from './time.ts';

test('timestamps are what timestampFromMs makes of the same time', () => {
  for (const ms of [
    0, 1, 999, 1000, 1001, 1_760_000_000_123, 1_760_000_000_999, 1_760_000_001_000, 0, -1, -1001,
  ]) {
    expect(timestampOf(ms)).toStrictEqual({ ...timestampFromMs(ms) });
  }
});

test('what is no time stays none, however often it is asked for', () => {
  for (let times = 1; times <= 2; times++) {
    expect(() => timestampOf(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  }
});
