import { ErrorCode } from '../error-code.ts';
import { Http2Error } from '../http2-error.ts';
import { FRAME_HEAD_BYTES, PREFACE } from './frame-type.ts';

/** Takes the frames of a connection. */
export interface FrameSink {
  /** A frame whose payload is `bytes` from `start` to `end`. What it throws ends the reading. */
  frame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
}

/**
 * Cuts what comes from a socket into frames. A frame that lies whole in a chunk is handed on where it lies; of others, at
 * most one at a time, the parts are collected.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxFrameBytes: number;
  #preface = 0;
  /** A frame of which a part has come. As long as its head is not complete, it has room for no more than that. */
  #partial: Buffer | undefined;
  #filled = 0;
  #stopped = false;

  constructor(sink: FrameSink, maxFrameBytes: number) {
    this.#sink = sink;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** The type of the frame that has come in part; `undefined` between frames, and while not even its type is known. */
  get partialType(): number | undefined {
    return this.#partial !== undefined && this.#filled >= FRAME_HEAD_BYTES ? this.#partial[3] : undefined;
  }

  /** Whether the client has sent what a connection begins with. */
  get hasPreface(): boolean {
    return this.#preface === PREFACE.length;
  }

  /** Hands on nothing more, whatever comes. */
  stop(): void {
    this.#stopped = true;
    this.#partial = undefined;
  }

  /** @throws Http2Error for what is no frame, or a larger one than allowed */
  read(chunk: Buffer): void {
    const end = chunk.length;
    let at = this.#preface < PREFACE.length ? this.#readPreface(chunk) : 0;
    if (this.#partial !== undefined) {
      at = this.#complete(chunk, at);
    }
    while (end - at >= FRAME_HEAD_BYTES && !this.#stopped) {
      const payload = at + FRAME_HEAD_BYTES;
      const next = payload + this.#lengthAt(chunk, at);
      if (next > end) {
        break;
      }
      this.#sink.frame(
        chunk[at + 3] as number,
        chunk[at + 4] as number,
        uint31At(chunk, at + 5),
        chunk,
        payload,
        next,
      );
      at = next;
    }
    if (at < end && !this.#stopped) {
      this.#begin(chunk, at);
    }
  }

  #readPreface(chunk: Buffer): number {
    const length = Math.min(chunk.length, PREFACE.length - this.#preface);
    if (PREFACE.compare(chunk, 0, length, this.#preface, this.#preface + length) !== 0) {
      throw new Http2Error(
        ErrorCode.PROTOCOL_ERROR,
        'the connection does not begin with the preface of HTTP/2',
      );
    }
    this.#preface += length;
    return length;
  }

  /** Keeps the first part of a frame. */
  #begin(chunk: Buffer, at: number): void {
    const available = chunk.length - at;
    const isHeadComplete = available >= FRAME_HEAD_BYTES;
    const size = isHeadComplete ? FRAME_HEAD_BYTES + this.#lengthAt(chunk, at) : FRAME_HEAD_BYTES;
    this.#partial = Buffer.allocUnsafe(size);
    this.#filled = chunk.copy(this.#partial, 0, at);
  }

  /** Adds to the frame that has come in part; hands it on when it is complete. */
  #complete(chunk: Buffer, from: number): number {
    let partial = this.#partial as Buffer;
    let at = from;
    if (this.#filled < FRAME_HEAD_BYTES) {
      at += this.#fill(partial, chunk, at, FRAME_HEAD_BYTES);
      if (this.#filled < FRAME_HEAD_BYTES) {
        return at;
      }
      const whole = Buffer.allocUnsafe(FRAME_HEAD_BYTES + this.#lengthAt(partial, 0));
      partial.copy(whole, 0, 0, FRAME_HEAD_BYTES);
      partial = whole;
      this.#partial = whole;
    }
    at += this.#fill(partial, chunk, at, partial.length);
    if (this.#filled === partial.length) {
      this.#partial = undefined;
      const [type, flags] = [partial[3] as number, partial[4] as number];
      this.#sink.frame(type, flags, uint31At(partial, 5), partial, FRAME_HEAD_BYTES, partial.length);
    }
    return at;
  }

  #fill(partial: Buffer, chunk: Buffer, at: number, upTo: number): number {
    const copied = chunk.copy(partial, this.#filled, at, at + upTo - this.#filled);
    this.#filled += copied;
    return copied;
  }

  #lengthAt(bytes: Buffer, at: number): number {
    const length =
      ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    if (length > this.#maxFrameBytes) {
      throw new Http2Error(
        ErrorCode.FRAME_SIZE_ERROR,
        `a frame has ${length} bytes; at most ${this.#maxFrameBytes} are allowed`,
      );
    }
    return length;
  }
}

/** A number of 31 bits; the bit before it is reserved and ignored. */
export function uint31At(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] as number) & 0x7f) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
