import { expect, test } from 'vitest';
import { ErrorCode } from '../index.ts';
import { fuzz } from './fuzz.ts';

const MIB = 1024 * 1024;

test('frames and header blocks of any kind crash nothing, hang nothing and leave nothing behind', async () => {
  const report = await fuzz({ seed: 20_000_000, inputs: 100_000 });
  expect(report.bytesAtEnd).toBeLessThan(report.bytesEarly + 8 * MIB);
  // What was played is worth something: requests were served, and connections ended for every reason that a client gives.
  expect(report.requests).toBeGreaterThan(1000);
  expect([...report.codes.keys()]).toEqual(
    expect.arrayContaining([
      -1,
      ErrorCode.PROTOCOL_ERROR,
      ErrorCode.FLOW_CONTROL_ERROR,
      ErrorCode.STREAM_CLOSED,
      ErrorCode.FRAME_SIZE_ERROR,
      ErrorCode.COMPRESSION_ERROR,
      ErrorCode.ENHANCE_YOUR_CALM,
    ]),
  );
}, 60_000);
