import { ErrorCode } from '../error-code.ts';
import type { FrameSink } from '../frames/frame-reader.ts';
import { Flag, FrameType } from '../frames/frame-type.ts';
import { Http2Error } from '../http2-error.ts';
import type { ControlFrames } from './control-frames.ts';
import type { Parts } from './parts.ts';
import type { RequestFrames } from './request-frames.ts';

/** Hands every frame to who handles its type, and sees that they come in an order that is allowed. */
export class FrameDispatch implements FrameSink {
  readonly #parts: Parts;
  readonly #requests: RequestFrames;
  readonly #controls: ControlFrames;
  /** The client's settings have come, which everything else follows. */
  #hasSettings = false;

  constructor(parts: Parts, requests: RequestFrames, controls: ControlFrames) {
    this.#parts = parts;
    this.#requests = requests;
    this.#controls = controls;
  }

  frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (!this.#hasSettings) {
      this.#checkFirst(type, flags);
    }
    const requests = this.#requests;
    if (requests.blocks.isOpen && type !== FrameType.CONTINUATION) {
      throw new Http2Error(
        ErrorCode.PROTOCOL_ERROR,
        `a frame of type ${type} came within the header block of stream ${requests.blocks.streamId}`,
      );
    }
    switch (type) {
      case FrameType.DATA:
        requests.data(flags, id, bytes, start, end);
        break;
      case FrameType.HEADERS:
        requests.headers(flags, id, bytes, start, end);
        break;
      case FrameType.CONTINUATION:
        requests.continuation(flags, id, bytes, start, end);
        break;
      case FrameType.PRIORITY:
        this.#controls.priority(id, bytes, start, end);
        break;
      case FrameType.RST_STREAM:
        this.#controls.resetStream(id, bytes, start, end);
        break;
      case FrameType.SETTINGS:
        this.#controls.settings(flags, id, bytes, start, end);
        break;
      case FrameType.PUSH_PROMISE:
        throw new Http2Error(ErrorCode.PROTOCOL_ERROR, 'PUSH_PROMISE came from a client');
      case FrameType.PING:
        this.#controls.ping(flags, id, bytes, start, end);
        break;
      case FrameType.GOAWAY:
        this.#controls.goAway(id, start, end);
        break;
      case FrameType.WINDOW_UPDATE:
        this.#controls.windowUpdate(id, bytes, start, end);
        break;
      default:
        // Of an extension that we have not asked for (RFC 9113, 5.5).
        this.#parts.countControl();
    }
  }

  #checkFirst(type: number, flags: number): void {
    if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0) {
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, 'the preface of HTTP/2 is not followed by SETTINGS');
    }
    this.#hasSettings = true;
  }
}
