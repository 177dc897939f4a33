import { Flag, FrameType, PREFACE } from '../frames/frame-type.ts';
import { encodeFields } from '../hpack/index.ts';
import { SETTING_BYTES } from '../settings/setting.ts';

export { Flag, FrameType, PREFACE };

/** A frame, written by hand. */
export function frame(
  type: number,
  flags: number,
  id: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

/** A number of 32 bits. */
export function uint32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

export function settings(...pairs: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(pairs.length * SETTING_BYTES);
  for (const [index, [setting, value]] of pairs.entries()) {
    payload.writeUInt16BE(setting, index * SETTING_BYTES);
    payload.writeUInt32BE(value, index * SETTING_BYTES + 2);
  }
  return frame(FrameType.SETTINGS, 0, 0, payload);
}

export const settingsAck: Buffer = frame(FrameType.SETTINGS, Flag.ACK, 0);

/** The control data of an ordinary request. */
export const POST: readonly string[] = [
  ...[':method', 'POST', ':scheme', 'http', ':path', '/', ':authority', 'here'],
];

/** A whole header block in one frame. */
export function headers(id: number, fields: readonly string[] = POST, flags = 0): Buffer {
  return frame(FrameType.HEADERS, Flag.END_HEADERS | flags, id, encodeFields(fields));
}

/** A request without a body. */
export function request(id: number, fields: readonly string[] = POST): Buffer {
  return headers(id, fields, Flag.END_STREAM);
}

export function data(id: number, content: Uint8Array | string, flags = 0): Buffer {
  return frame(FrameType.DATA, flags, id, Buffer.from(content));
}

export function reset(id: number, code = 8): Buffer {
  return frame(FrameType.RST_STREAM, 0, id, uint32(code));
}

export function windowUpdate(id: number, increment: number): Buffer {
  return frame(FrameType.WINDOW_UPDATE, 0, id, uint32(increment));
}

export function ping(content = 'abcdefgh', flags = 0): Buffer {
  return frame(FrameType.PING, flags, 0, Buffer.from(content));
}

/** What every client begins with. */
export const HELLO: Buffer = Buffer.concat([PREFACE, settings(), settingsAck]);

/** A frame that came from the server. */
export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** The whole frames among some bytes. */
export function framesIn(bytes: Buffer): Received[] {
  const frames: Received[] = [];
  let at = 0;
  while (at + 9 <= bytes.length) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) {
      break;
    }
    frames.push({
      type: bytes[at + 3] as number,
      flags: bytes[at + 4] as number,
      id: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return frames;
}

/** The numbers of streams, from the first on. */
export function ids(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index * 2 + 1);
}
