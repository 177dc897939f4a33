import type { AnswerWriter } from '../answer/answer-writer.ts';
import { bytesOf } from '../answer/encoded-block.ts';
import type { FieldBlock } from '../server-stream.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { INITIAL_WINDOW_BYTES, MAX_WINDOW_BYTES } from '../settings/setting.ts';
import { SendQueue } from './send-queue.ts';

/** A stream with an answer to send. */
export interface SendingStream {
  readonly id: number;
  /** What the client grants this stream still; below 0 when it took back some. */
  sendWindow: number;
  queue: SendQueue | undefined;
  /** The last frame of the answer was written. */
  sent(): void;
  /** What {@link Sender.add} kept was written, and somebody waits for that. */
  drained(): void;
}

/** When as much of one body waits, its writer is asked to wait, too. */
const MAX_QUEUED = 64 * 1024;

/** Who asks for less at a time does not read, but makes work. */
const FAIR_BYTES = 1024;

/** Streams that may be in line beyond those that wait, until the line is looked through for them. */
const MAX_GONE = 32;

/**
 * Sends bodies as the windows of the client allow. What cannot be sent at once is queued by stream, and the streams take
 * turns, a frame each.
 */
export class Sender {
  /** What the client grants all streams together still. */
  window = INITIAL_WINDOW_BYTES;
  /** Streams that have something queued. */
  readonly waiting: Set<SendingStream> = new Set();
  /** Bytes that they have queued. */
  waitingBytes = 0;
  /** Frames that were sent, but for those that a window has cut to less than {@link FAIR_BYTES}. */
  sentFrames = 0;
  /** Those whose turn will come, and some that are gone. */
  #ready: SendingStream[] = [];
  #isPumping = false;
  readonly #writer: AnswerWriter;
  readonly #settings: PeerSettings;
  readonly #maxOutputBytes: number;

  /** @param maxOutputBytes - queues wait while as much waits for the socket */
  constructor(writer: AnswerWriter, settings: PeerSettings, maxOutputBytes: number) {
    this.#writer = writer;
    this.#settings = settings;
    this.#maxOutputBytes = maxOutputBytes;
  }

  /** Whether so many bytes may leave as one frame, right now. */
  canSend(stream: SendingStream, bytes: number): boolean {
    return (
      bytes <= this.window &&
      bytes <= stream.sendWindow &&
      bytes <= this.#settings.maxFrameBytes &&
      stream.queue === undefined &&
      this.#writer.output.waitingBytes < this.#maxOutputBytes
    );
  }

  /** Sends one frame of what {@link canSend}. */
  send(stream: SendingStream, bytes: Uint8Array, isLast: boolean): void {
    this.window -= bytes.length;
    stream.sendWindow -= bytes.length;
    this.sentFrames += 1;
    this.#writer.data(stream.id, bytes, 0, bytes.length, isLast);
  }

  /** Queues a piece of a body. @returns whether there is room for more */
  add(stream: SendingStream, piece: Uint8Array): boolean {
    const queue = this.#queueOf(stream);
    queue.add(piece);
    this.waitingBytes += piece.length;
    this.#makeReady(stream, queue);
    this.pump();
    queue.isAwaited = queue.bytes >= MAX_QUEUED;
    return !queue.isAwaited;
  }

  /** Queues the last piece of a body and what comes after it. */
  addLast(stream: SendingStream, piece: Uint8Array, trailers: FieldBlock | undefined): void {
    const queue = this.#queueOf(stream);
    queue.isEnding = true;
    queue.trailers = trailers;
    this.add(stream, piece);
  }

  /** Forgets what a stream has queued. */
  remove(stream: SendingStream): void {
    const { queue } = stream;
    if (queue !== undefined) {
      this.waitingBytes -= queue.bytes;
      this.waiting.delete(stream);
      stream.queue = undefined;
    }
  }

  /** The client grants all streams more. @returns false when that is more than a window can be */
  widen(bytes: number): boolean {
    this.window += bytes;
    this.pump();
    return this.window <= MAX_WINDOW_BYTES;
  }

  /** The client grants a stream more, or less. @returns false when that is more than a window can be */
  widenStream(stream: SendingStream, bytes: number): boolean {
    stream.sendWindow += bytes;
    const { queue } = stream;
    if (queue !== undefined) {
      this.#makeReady(stream, queue);
    }
    return stream.sendWindow <= MAX_WINDOW_BYTES;
  }

  /** Writes frames for as long as there is anything to send, and room for it. */
  pump(): void {
    if (this.#isPumping) {
      return;
    }
    this.#isPumping = true;
    try {
      const { output } = this.#writer;
      while (this.#ready.length > 0 && this.window > 0 && output.waitingBytes < this.#maxOutputBytes) {
        this.#round();
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** Every stream that is ready has its turn, as long as there is room. */
  #round(): void {
    const { output } = this.#writer;
    const streams = this.#ready;
    this.#ready = [];
    for (let index = 0; index < streams.length; index++) {
      if (this.window <= 0 || output.waitingBytes >= this.#maxOutputBytes) {
        this.#ready = [...streams.slice(index), ...this.#ready];
        return;
      }
      const stream = streams[index] as SendingStream;
      const { queue } = stream;
      if (queue?.isReady === true) {
        queue.isReady = false;
        this.#turn(stream, queue);
      }
    }
  }

  /** Sends one frame of a stream. */
  #turn(stream: SendingStream, queue: SendQueue): void {
    const { piece, offset } = queue;
    const left = piece === undefined ? 0 : piece.length - offset;
    const length = Math.min(left, this.window, stream.sendWindow, this.#settings.maxFrameBytes);
    if (piece === undefined || length <= 0) {
      return;
    }
    const isLast = queue.isEnding && length === queue.bytes;
    if (length === left || length >= FAIR_BYTES) {
      this.sentFrames += 1;
    }
    this.window -= length;
    stream.sendWindow -= length;
    this.waitingBytes -= length;
    this.#writer.data(stream.id, piece, offset, offset + length, isLast && queue.trailers === undefined);
    queue.advance(length);
    if (isLast) {
      if (queue.trailers !== undefined) {
        this.#writer.trailers(stream.id, bytesOf(queue.trailers));
      }
      this.remove(stream);
      stream.sent();
    } else if (queue.bytes === 0) {
      this.remove(stream);
      if (queue.isAwaited) {
        stream.drained();
      }
    } else {
      this.#makeReady(stream, queue);
    }
  }

  #queueOf(stream: SendingStream): SendQueue {
    if (stream.queue === undefined) {
      stream.queue = new SendQueue();
      this.waiting.add(stream);
    }
    return stream.queue;
  }

  #makeReady(stream: SendingStream, queue: SendQueue): void {
    if (!queue.isReady && stream.sendWindow > 0) {
      queue.isReady = true;
      if (this.#ready.length > this.waiting.size + MAX_GONE) {
        // While the window of the connection is shut nobody has a turn, and clients may end streams and open others.
        this.#ready = this.#ready.filter((one) => one.queue?.isReady === true);
      }
      this.#ready.push(stream);
    }
  }
}
