import { ErrorCode } from '../error-code.ts';
import { ReceiveWindow } from '../flow/receive-window.ts';
import { uint31At } from '../frames/frame-reader.ts';
import { Flag } from '../frames/frame-type.ts';
import { Head, headOf } from '../head/head.ts';
import { problemOfTrailers } from '../head/trailers.ts';
import { type DecodedFields, FieldDecoder } from '../hpack/index.ts';
import { Http2Error } from '../http2-error.ts';
import type { ServerHandler } from '../server-handler.ts';
import { Stream, type StreamHost } from '../stream/stream.ts';
import { HeaderBlocks } from './header-blocks.ts';
import { endOfContent } from './padding.ts';
import type { Parts } from './parts.ts';

/** Frames without content that a client may send for each that has some: updates of windows, and a PING. */
const CONTROLS_PER_REQUEST = 8;
const CONTROLS_PER_DATA = 4;

/** What a priority has: the stream that it depends on, and a weight. */
const PRIORITY_BYTES = 5;

/** Smaller memory than this may be kept alive by however little. */
const MAX_PINNED = 8 * 1024;
const PINNED_PER_BYTE = 8;

const TOO_LARGE = { fields: [] };

/** Handles the frames that requests are made of: HEADERS, CONTINUATION and DATA. */
export class RequestFrames {
  readonly decoder: FieldDecoder;
  readonly blocks: HeaderBlocks;
  /** Header blocks that are complete. */
  blockCount = 0;
  readonly #parts: Parts;
  readonly #host: StreamHost;
  readonly #handler: ServerHandler;

  constructor(parts: Parts, host: StreamHost, handler: ServerHandler) {
    this.#parts = parts;
    this.#host = host;
    this.#handler = handler;
    const { options } = parts;
    this.blocks = new HeaderBlocks(options);
    this.decoder = new FieldDecoder({
      maxTableBytes: options.headerTableBytes,
      maxListBytes: options.maxHeaderListBytes,
    });
  }

  headers(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id % 2 === 0) {
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, `HEADERS came for stream ${id}, which no client opens`);
    }
    let from = start;
    let to = end;
    if ((flags & Flag.PADDED) !== 0) {
      to = endOfContent(bytes, start, end);
      from += 1;
    }
    let dependsOnItself = false;
    if ((flags & Flag.PRIORITY) !== 0) {
      if (to - from < PRIORITY_BYTES) {
        throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, 'HEADERS is too short for its priority');
      }
      dependsOnItself = uint31At(bytes, from) === id;
      from += PRIORITY_BYTES;
    }
    if ((flags & Flag.END_HEADERS) !== 0) {
      this.#block(id, flags, dependsOnItself, this.decoder.decode(bytes, from, to));
    } else {
      this.blocks.begin(id, flags, dependsOnItself, bytes.subarray(from, to));
    }
  }

  continuation(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const { blocks } = this;
    if (!blocks.isOpen || blocks.streamId !== id) {
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, `CONTINUATION came for stream ${id} out of turn`);
    }
    blocks.add(bytes.subarray(start, end));
    if ((flags & Flag.END_HEADERS) !== 0) {
      const whole = blocks.take();
      this.#block(id, blocks.flags, blocks.dependsOnItself, this.decoder.decode(whole, 0, whole.length));
    }
  }

  data(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const parts = this.#parts;
    const flow = end - start;
    const isLast = (flags & Flag.END_STREAM) !== 0;
    let from = start;
    let to = end;
    if ((flags & Flag.PADDED) !== 0) {
      to = endOfContent(bytes, start, end);
      from += 1;
    }
    if (!parts.window.receive(flow)) {
      throw new Http2Error(ErrorCode.FLOW_CONTROL_ERROR, 'DATA exceeds the window of the connection');
    }
    const stream = parts.streams.get(id);
    if (stream === undefined || stream.isRequestEnded) {
      this.#lateData(id, stream, flow);
      return;
    }
    const length = to - from;
    if (!this.#isGranted(stream, flow, isLast)) {
      parts.grant(flow);
      parts.fail(stream, ErrorCode.FLOW_CONTROL_ERROR);
      return;
    }
    if (stream.missing >= 0) {
      stream.missing -= length;
      if (stream.missing < 0 || (isLast && stream.missing > 0)) {
        parts.grant(flow);
        parts.fail(stream, ErrorCode.PROTOCOL_ERROR);
        return;
      }
    }
    if (length === 0) {
      parts.countControl();
    } else {
      parts.earnControls(CONTROLS_PER_DATA);
      const { receiver } = stream;
      receiver?.data(isLast ? bytes.subarray(from, to) : unpinned(bytes, from, to), stream);
    }
    if (isLast || stream.isClosed) {
      parts.grant(flow);
    } else if (stream.isPaused) {
      stream.held += flow;
    } else {
      this.#host.grant(stream, flow);
    }
    if (isLast && !stream.isClosed) {
      stream.requestEnded(undefined);
    }
  }

  /** A header block is complete. Whatever it is for, the decoder has seen it. */
  #block(id: number, flags: number, dependsOnItself: boolean, block: DecodedFields): void {
    this.blockCount += 1;
    const { streams } = this.#parts;
    const stream = streams.get(id);
    if (stream !== undefined) {
      this.#trailers(stream, flags, dependsOnItself, block);
    } else if (id > streams.lastId && id <= streams.acceptUpTo) {
      streams.opened(id);
      this.#open(id, (flags & Flag.END_STREAM) !== 0, dependsOnItself, block);
    } else if (streams.mayComeLate(id)) {
      this.#parts.countControl();
    } else {
      throw streams.closedError(id, 'HEADERS');
    }
  }

  #open(id: number, isEnded: boolean, dependsOnItself: boolean, block: DecodedFields): void {
    const parts = this.#parts;
    const { options, streams } = parts;
    if (streams.size >= options.maxConcurrentStreams || parts.isFull) {
      parts.refuse(id, ErrorCode.REFUSED_STREAM);
      return;
    }
    const head = block.isTooLarge ? new Head(block.bytes) : headOf(block, options.enableConnectProtocol);
    if (head.problem !== undefined || dependsOnItself || (isEnded && head.contentLength > 0)) {
      parts.refuse(id, ErrorCode.PROTOCOL_ERROR);
      return;
    }
    const stream = new Stream(this.#host, id, head, parts.peerSettings.initialWindowBytes, isEnded);
    streams.add(stream);
    parts.earnControls(CONTROLS_PER_REQUEST);
    if (block.isTooLarge) {
      this.#refuseTooLarge(stream);
    } else {
      stream.accept(this.#handler.request(stream));
    }
    if (isEnded && !stream.isClosed) {
      stream.requestEnded(undefined);
    }
  }

  #refuseTooLarge(stream: Stream): void {
    if (this.#handler.tooLarge === undefined) {
      stream.respond(431, TOO_LARGE, undefined, undefined, undefined);
    } else {
      this.#handler.tooLarge(stream);
    }
  }

  #trailers(stream: Stream, flags: number, dependsOnItself: boolean, block: DecodedFields): void {
    if (stream.isRequestEnded) {
      this.#parts.fail(stream, ErrorCode.STREAM_CLOSED);
    } else if (
      dependsOnItself ||
      (flags & Flag.END_STREAM) === 0 ||
      block.isTooLarge ||
      stream.missing > 0 ||
      problemOfTrailers(block.fields) !== undefined
    ) {
      this.#parts.fail(stream, ErrorCode.PROTOCOL_ERROR);
    } else {
      stream.requestEnded(block.fields);
    }
  }

  /** DATA for a stream that takes none. */
  #lateData(id: number, stream: Stream | undefined, flow: number): void {
    const { streams } = this.#parts;
    if (stream === undefined && streams.isIdle(id)) {
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, `DATA came for stream ${id}, which is not open`);
    }
    if (stream === undefined && !streams.mayComeLate(id)) {
      throw streams.closedError(id, 'DATA');
    }
    this.#parts.grant(flow);
    if (stream === undefined) {
      this.#parts.countControl();
    } else {
      this.#parts.fail(stream, ErrorCode.STREAM_CLOSED);
    }
  }

  /** Whether the window of a stream has room for so much. Bodies in one piece need no window of their own. */
  #isGranted(stream: Stream, bytes: number, isLast: boolean): boolean {
    const size = this.#parts.streamWindowBytes;
    if (stream.window === undefined) {
      if (isLast) {
        return bytes <= size;
      }
      stream.window = new ReceiveWindow(size);
    }
    return stream.window.receive(bytes);
  }
}

/** A part of a chunk that may be kept: not one that keeps far more memory alive than it has. */
function unpinned(bytes: Buffer, start: number, end: number): Buffer {
  const part = bytes.subarray(start, end);
  return bytes.length > MAX_PINNED && bytes.length > part.length * PINNED_PER_BYTE ? Buffer.from(part) : part;
}
