import { FRAME_HEAD_BYTES, FrameType } from '../frames/frame-type.ts';
import type { Output } from './output.ts';

/** Writes the head of a frame. There must be room for it. */
export function writeFrameHead(
  output: Output,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  const { buffer } = output;
  const at = output.at;
  buffer[at] = length >>> 16;
  buffer[at + 1] = length >>> 8;
  buffer[at + 2] = length;
  buffer[at + 3] = type;
  buffer[at + 4] = flags;
  writeUint32(buffer, at + 5, streamId);
  output.at = at + FRAME_HEAD_BYTES;
}

/** A frame whose payload is one number. */
export function writeNumberFrame(output: Output, type: number, streamId: number, number: number): void {
  output.reserve(FRAME_HEAD_BYTES + 4);
  writeFrameHead(output, 4, type, 0, streamId);
  writeUint32(output.buffer, output.at, number);
  output.at += 4;
}

/** A frame with the payload that `bytes` has from `start` to `end`. */
export function writeFrame(
  output: Output,
  type: number,
  flags: number,
  streamId: number,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): void {
  output.reserve(FRAME_HEAD_BYTES);
  writeFrameHead(output, end - start, type, flags, streamId);
  output.add(bytes, start, end);
}

/** @param debug - for whoever looks at the client */
export function writeGoAway(output: Output, lastStreamId: number, code: number, debug: string): void {
  const payload = Buffer.alloc(8 + Buffer.byteLength(debug));
  payload.writeUInt32BE(lastStreamId, 0);
  payload.writeUInt32BE(code, 4);
  payload.write(debug, 8);
  writeFrame(output, FrameType.GOAWAY, 0, 0, payload);
}

function writeUint32(bytes: Uint8Array, at: number, number: number): void {
  bytes[at] = number >>> 24;
  bytes[at + 1] = number >>> 16;
  bytes[at + 2] = number >>> 8;
  bytes[at + 3] = number;
}
