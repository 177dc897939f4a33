/**
 * A gRPC client of a few lines on a socket: frames of HTTP/2 are put together by hand, because node:http2 as a
 * client costs more than the server that is to be measured. It knows what it needs of RFC 9113 and no more.
 */
import { connect } from 'node:net';
import type { Mix, Request } from './calls.ts';
import { headerBlocks } from './header-blocks.ts';
import type { Load } from './load.ts';

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const FRAME_HEAD = 9;
const MESSAGE_HEAD = 5;
const HUGE_WINDOW = 2 ** 31 - 1;
const DEFAULT_WINDOW = 65_535;

interface Call {
  readonly request: Request;
  readonly startedAt: number;
  message: Buffer | undefined;
}

/** Keeps so many calls under way on one connection until told to stop. */
export function grpcConnection(port: number, mix: Mix, load: Load, streams: number): void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const calls = new Map<number, Call>();
  const blocks = headerBlocks();
  let nextStream = 1;
  let rest: Buffer = Buffer.alloc(0);
  let out: Buffer[] = [];
  /** The trailers of the first call, which was a success as its message shows. */
  let success: Buffer | undefined;

  const start = (): void => {
    const request = load.next();
    if (request === undefined) {
      return;
    }
    const stream = nextStream;
    nextStream += 2;
    out.push(requestOn(stream, request, blocks(request)));
    calls.set(stream, { request, startedAt: performance.now(), message: undefined });
  };

  const ended = (stream: number, trailers: Buffer): void => {
    const call = calls.get(stream);
    if (call?.message === undefined) {
      throw new Error(`a call ended without a message; trailers: ${trailers.toString('latin1')}`);
    }
    mix.check(call.request.kind, call.message.subarray(MESSAGE_HEAD));
    success ??= Buffer.from(trailers);
    if (!success.equals(trailers)) {
      throw new Error(`a call ended with other trailers than a success: ${trailers.toString('latin1')}`);
    }
    calls.delete(stream);
    load.done(performance.now() - call.startedAt);
    start();
  };

  const received = (type: number, flags: number, stream: number, payload: Buffer): void => {
    switch (type) {
      case DATA: {
        const call = calls.get(stream);
        if (call !== undefined && payload.length > 0) {
          call.message = call.message === undefined ? payload : Buffer.concat([call.message, payload]);
        }
        break;
      }
      case HEADERS:
        if ((flags & END_STREAM) !== 0) {
          ended(stream, payload);
        }
        break;
      case SETTINGS:
        if ((flags & ACK) === 0) {
          out.push(frame(SETTINGS, ACK, 0, 0));
        }
        break;
      case PING:
        if ((flags & ACK) === 0) {
          out.push(frame(PING, ACK, 0, payload.length), Buffer.from(payload));
        }
        break;
      case RST_STREAM:
      case GOAWAY:
        throw new Error(
          `the server gave up a ${type === GOAWAY ? 'connection' : 'call'}: ${payload.toString('hex')}`,
        );
      default:
        // WINDOW_UPDATE: what is under way stays far below the window a connection begins with.
        break;
    }
  };

  const flush = (): void => {
    if (out.length > 0) {
      socket.write(Buffer.concat(out));
      out = [];
    }
  };

  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEAD) {
      const end = at + FRAME_HEAD + bytes.readUIntBE(at, 3);
      if (bytes.length < end) {
        break;
      }
      const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
      received(
        bytes[at + 3] as number,
        bytes[at + 4] as number,
        stream,
        bytes.subarray(at + FRAME_HEAD, end),
      );
      at = end;
    }
    rest = bytes.subarray(at);
    flush();
  });
  socket.on('close', () => load.closed());
  load.onStop(() => socket.destroy());

  const settings = Buffer.alloc(12);
  settings.writeUInt16BE(1, 0); // SETTINGS_HEADER_TABLE_SIZE 0: answers do not refer to earlier ones.
  settings.writeUInt16BE(4, 6); // SETTINGS_INITIAL_WINDOW_SIZE
  settings.writeUInt32BE(HUGE_WINDOW, 8);
  const window = Buffer.alloc(4);
  window.writeUInt32BE(HUGE_WINDOW - DEFAULT_WINDOW);
  out.push(
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(SETTINGS, 0, 0, settings.length),
    settings,
    frame(8, 0, 0, window.length),
    window,
  );
  for (let each = 0; each < streams; each++) {
    start();
  }
  flush();
}

/** A whole request: its headers and its message. */
function requestOn(stream: number, { body }: Request, block: Buffer): Buffer {
  const messageLength = MESSAGE_HEAD + body.length;
  const bytes = Buffer.allocUnsafe(FRAME_HEAD + block.length + FRAME_HEAD + messageLength);
  writeFrame(bytes, 0, HEADERS, END_HEADERS, stream, block.length);
  let at = FRAME_HEAD + block.copy(bytes, FRAME_HEAD);
  writeFrame(bytes, at, DATA, END_STREAM, stream, messageLength);
  at += FRAME_HEAD;
  bytes[at] = 0;
  bytes.writeUInt32BE(body.length, at + 1);
  body.copy(bytes, at + MESSAGE_HEAD);
  return bytes;
}

function frame(type: number, flags: number, stream: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(FRAME_HEAD);
  writeFrame(head, 0, type, flags, stream, length);
  return head;
}

function writeFrame(
  bytes: Buffer,
  at: number,
  type: number,
  flags: number,
  stream: number,
  length: number,
): void {
  bytes.writeUIntBE(length, at, 3);
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  bytes.writeUInt32BE(stream, at + 5);
}
