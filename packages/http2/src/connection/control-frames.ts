import { ErrorCode } from '../error-code.ts';
import { uint31At } from '../frames/frame-reader.ts';
import { Flag, FrameType } from '../frames/frame-type.ts';
import type { FieldDecoder } from '../hpack/index.ts';
import { Http2Error } from '../http2-error.ts';
import { writeFrame } from '../output/frames.ts';
import { isDrainPing } from './own-frames.ts';
import type { Parts } from './parts.ts';

const PING_BYTES = 8;
const PRIORITY_BYTES = 5;
const NUMBER_BYTES = 4;
const GOAWAY_BYTES = 8;
const NOTHING = Buffer.alloc(0);

/** Handles the frames that requests are not made of. */
export class ControlFrames {
  readonly #parts: Parts;
  readonly #decoder: FieldDecoder;
  readonly #drained: () => void;

  /** @param drained - the client has answered the PING of a drain */
  constructor(parts: Parts, decoder: FieldDecoder, drained: () => void) {
    this.#parts = parts;
    this.#decoder = decoder;
    this.#drained = drained;
  }

  settings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    this.#checkConnection('SETTINGS', id);
    const parts = this.#parts;
    parts.countControl();
    if ((flags & Flag.ACK) !== 0) {
      checkLength('SETTINGS with ACK', end - start, 0);
      this.#acknowledged();
      return;
    }
    const before = parts.peerSettings.initialWindowBytes;
    parts.peerSettings.apply(bytes, start, end);
    const difference = parts.peerSettings.initialWindowBytes - before;
    this.#resizeSendWindows(difference);
    // Ahead of what only these settings allow.
    writeFrame(parts.output, FrameType.SETTINGS, Flag.ACK, 0, NOTHING);
    if (difference > 0) {
      parts.sender.pump();
    }
  }

  ping(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    this.#checkConnection('PING', id);
    checkLength('PING', end - start, PING_BYTES);
    this.#parts.countControl();
    if ((flags & Flag.ACK) !== 0) {
      // That of a keep-alive may have left before the client knew of the drain.
      if (isDrainPing(bytes, start, end)) {
        this.#drained();
      }
    } else {
      writeFrame(this.#parts.output, FrameType.PING, Flag.ACK, 0, bytes, start, end);
    }
  }

  windowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    checkLength('WINDOW_UPDATE', end - start, NUMBER_BYTES);
    const parts = this.#parts;
    parts.countControl();
    const increment = uint31At(bytes, start);
    if (id === 0) {
      if (increment === 0) {
        throw new Http2Error(ErrorCode.PROTOCOL_ERROR, 'WINDOW_UPDATE widens the connection by nothing');
      }
      if (!parts.sender.widen(increment)) {
        throw new Http2Error(ErrorCode.FLOW_CONTROL_ERROR, 'the window of the connection is too large');
      }
      return;
    }
    const stream = parts.streams.get(id);
    if (stream === undefined) {
      this.#checkNotIdle('WINDOW_UPDATE', id);
    } else if (increment === 0) {
      parts.fail(stream, ErrorCode.PROTOCOL_ERROR);
    } else if (!parts.sender.widenStream(stream, increment)) {
      parts.fail(stream, ErrorCode.FLOW_CONTROL_ERROR);
    } else {
      parts.sender.pump();
    }
  }

  resetStream(id: number, bytes: Buffer, start: number, end: number): void {
    checkLength('RST_STREAM', end - start, NUMBER_BYTES);
    const parts = this.#parts;
    const stream = parts.streams.get(id);
    if (stream === undefined) {
      this.#checkNotIdle('RST_STREAM', id);
      parts.countControl();
    } else {
      stream.close(bytes.readUInt32BE(start));
      parts.countReset();
    }
  }

  /** Priorities are not used, and yet checked. */
  priority(id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) {
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, 'PRIORITY came for no stream');
    }
    this.#parts.countControl();
    if (end - start !== PRIORITY_BYTES) {
      this.#failStream(id, ErrorCode.FRAME_SIZE_ERROR, `PRIORITY has ${end - start} bytes; expected 5`);
    } else if (uint31At(bytes, start) === id) {
      this.#failStream(id, ErrorCode.PROTOCOL_ERROR, `stream ${id} depends on itself`);
    }
  }

  /** The client opens nothing more. It is left to it to close the connection. */
  goAway(id: number, start: number, end: number): void {
    this.#checkConnection('GOAWAY', id);
    if (end - start < GOAWAY_BYTES) {
      throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, `GOAWAY has ${end - start} bytes; expected 8 or more`);
    }
    this.#parts.countControl();
  }

  #acknowledged(): void {
    const parts = this.#parts;
    if (parts.isAcknowledged) {
      return;
    }
    parts.isAcknowledged = true;
    parts.streamWindowBytes = parts.options.initialWindowBytes;
    for (const stream of parts.streams.list()) {
      stream.window?.resize(parts.streamWindowBytes);
      // What was little of a large window may be all of a small one.
      parts.grantTo(stream, 0);
    }
    this.#decoder.settingsAcknowledged();
  }

  #resizeSendWindows(difference: number): void {
    const { sender, streams } = this.#parts;
    if (difference === 0) {
      return;
    }
    for (const stream of streams.list()) {
      if (!sender.widenStream(stream, difference)) {
        throw new Http2Error(
          ErrorCode.FLOW_CONTROL_ERROR,
          `SETTINGS makes the window of stream ${stream.id} too large`,
        );
      }
    }
  }

  /** A stream error, or an error of the connection where there is no stream (any more) to have one. */
  #failStream(id: number, code: ErrorCode, what: string): void {
    const stream = this.#parts.streams.get(id);
    if (stream !== undefined) {
      this.#parts.fail(stream, code);
    } else {
      throw new Http2Error(code, what);
    }
  }

  #checkConnection(what: string, id: number): void {
    if (id !== 0) {
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, `${what} came for stream ${id}; expected 0`);
    }
  }

  #checkNotIdle(what: string, id: number): void {
    if (this.#parts.streams.isIdle(id)) {
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, `${what} came for stream ${id}, which is not open`);
    }
  }
}

function checkLength(what: string, length: number, expected: number): void {
  if (length !== expected) {
    throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, `${what} has ${length} bytes; expected ${expected}`);
  }
}
