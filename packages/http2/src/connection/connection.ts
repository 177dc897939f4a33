import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnswerWriter } from '../answer/answer-writer.ts';
import { ErrorCode } from '../error-code.ts';
import type { Sender } from '../flow/sender.ts';
import { FrameReader } from '../frames/frame-reader.ts';
import { FrameType } from '../frames/frame-type.ts';
import { Http2Error } from '../http2-error.ts';
import type { Http2Options } from '../options.ts';
import { writeGoAway, writeNumberFrame } from '../output/frames.ts';
import { Output } from '../output/output.ts';
import { atEndOfTurn, type TurnEnd } from '../output/turn.ts';
import type { ServerHandler } from '../server-handler.ts';
import type { Stream, StreamHost } from '../stream/stream.ts';
import { closeEarly, closeStreams, isHopeless } from './close-streams.ts';
import { ControlFrames } from './control-frames.ts';
import { Countdown } from './countdown.ts';
import { Ending } from './ending.ts';
import { FrameDispatch } from './frame-dispatch.ts';
import { writeGreeting, writeNotice } from './own-frames.ts';
import { Parts } from './parts.ts';
import { CLOSED, DRAINING, ENDED, FINISHING, OPEN } from './phase.ts';
import { ReadGate } from './read-gate.ts';
import { RequestFrames } from './request-frames.ts';
import { toHttp2Error } from './to-http2-error.ts';

/** So much is written before the turn ends, so that the client has something to do meanwhile. */
const FLUSH_BYTES = 64 * 1024;

/** A connection: its socket, from the first byte to the last. What the frames say is for others. */
export class Connection implements StreamHost, TurnEnd {
  readonly socket: Duplex;
  readonly peer: string | undefined;
  readonly parts: Parts;
  readonly writer: AnswerWriter;
  readonly sender: Sender;
  readonly requests: RequestFrames;
  readonly reader: FrameReader;
  context: unknown = undefined;
  idleSince: number;
  /** Chunks that have come. */
  chunkCount = 0;
  readonly #handler: ServerHandler;
  readonly #now: () => number;
  readonly #output: Output;
  readonly #gate: ReadGate;
  /** To the second GOAWAY. */
  readonly #notice: Countdown;
  readonly #ending: Ending;
  #phase: number = OPEN;
  #isTouched = false;
  /** The last open stream was closed in this turn. */
  #wasUsed = false;
  #error: Http2Error | undefined;
  #answeredEarly: Stream[] = [];

  constructor(socket: Duplex, handler: ServerHandler, options: Http2Options, now: () => number) {
    this.socket = socket;
    this.peer = (socket as Partial<Socket>).remoteAddress;
    this.#handler = handler;
    this.#now = now;
    this.idleSince = now();
    this.#output = new Output(socket, () => this.#written());
    this.parts = new Parts(options, this.#output, now);
    this.writer = this.parts.writer;
    this.sender = this.parts.sender;
    this.requests = new RequestFrames(this.parts, this, handler);
    const controls = new ControlFrames(this.parts, this.requests.decoder, () => this.#finish());
    this.reader = new FrameReader(
      new FrameDispatch(this.parts, this.requests, controls),
      options.maxFrameBytes,
    );
    this.#gate = new ReadGate(socket, options.maxBufferedBytes);
    this.#notice = new Countdown(options.lingerMs);
    this.#ending = new Ending(socket, this.#output, options.lingerMs);
    writeGreeting(this.#output, options);
    this.touch();
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('end', () => this.#ended());
    socket.on('error', (error: Error) => this.#failed(error));
    socket.on('close', () => this.#closed());
    if (socket.closed) {
      // The client has left before anybody served it.
      setImmediate(() => this.#closed());
    }
  }

  get openStreams(): number {
    return this.parts.streams.size;
  }

  get isEnding(): boolean {
    return this.#phase !== OPEN;
  }

  get isOver(): boolean {
    return this.#phase >= ENDED;
  }

  touch(): void {
    if (!this.#isTouched) {
      this.#isTouched = true;
      atEndOfTurn(this);
    }
  }

  answeredEarly(stream: Stream): void {
    this.#answeredEarly.push(stream);
    // The end of a long answer is written whenever the socket has room.
    this.touch();
  }

  forget(stream: Stream): void {
    const { parts } = this;
    parts.streams.delete(stream);
    if (stream.queue !== undefined) {
      this.sender.remove(stream);
    }
    if (stream.held > 0) {
      parts.grant(stream.held);
      stream.held = 0;
    }
    if (parts.streams.size === 0) {
      this.#wasUsed = true;
      this.touch();
    }
  }

  writeReset(stream: Stream, code: ErrorCode): void {
    this.parts.streams.wasReset(stream.id);
    writeNumberFrame(this.#output, FrameType.RST_STREAM, stream.id, code);
    this.touch();
  }

  grant(stream: Stream, bytes: number): void {
    this.parts.grantTo(stream, bytes);
  }

  endTurn(): void {
    this.#isTouched = false;
    if (this.#phase >= ENDED) {
      return;
    }
    try {
      if (this.#answeredEarly.length > 0) {
        closeEarly(this.#answeredEarly.splice(0));
      }
      if (this.#ending.hasEnd) {
        closeStreams(this.parts, ErrorCode.CANCEL, isHopeless);
      }
    } catch (reason) {
      this.blame(reason);
    }
    if (this.#phase >= ENDED) {
      return;
    }
    if (this.parts.streams.size === 0) {
      if (this.#wasUsed) {
        this.#wasUsed = false;
        this.idleSince = this.#now();
      }
      if (this.#phase === FINISHING || this.#ending.hasEnd) {
        this.#stop();
        this.#ending.begin();
        return;
      }
    }
    this.#flush();
  }

  drain(): void {
    if (this.#phase === OPEN) {
      this.#phase = DRAINING;
      writeNotice(this.#output);
      this.touch();
      this.#notice.start(() => this.#finish());
    }
  }

  destroy(code: ErrorCode = ErrorCode.NO_ERROR, debug = ''): void {
    if (this.#phase < ENDED) {
      this.#stop();
      writeGoAway(this.#output, this.parts.streams.lastId, code, debug);
      try {
        closeStreams(this.parts, code === ErrorCode.NO_ERROR ? ErrorCode.CANCEL : code);
      } finally {
        this.#ending.begin();
        this.#ending.hurry();
      }
    } else if (this.#phase === ENDED) {
      this.#ending.hurry();
    }
  }

  /** Ends the connection for what was thrown, be it on account of the client or of the program. */
  blame(reason: unknown): void {
    const error = toHttp2Error(reason);
    this.#error ??= error;
    this.destroy(error.code, error.message);
    if (error.cause !== undefined) {
      // What is wrong with the program is not to be hidden.
      throw reason;
    }
  }

  /** The client takes nothing any more, not even the reason. */
  abandon(error: Http2Error): void {
    this.#error ??= error;
    this.socket.destroy();
  }

  /** Takes what came from the socket. */
  receive(chunk: Buffer): void {
    if (this.#phase >= ENDED) {
      return;
    }
    this.chunkCount += 1;
    this.#handler.receiving?.();
    try {
      this.reader.read(chunk);
    } catch (reason) {
      this.blame(reason);
    } finally {
      this.#handler.received?.();
    }
    this.touch();
    if (this.#output.waitingBytes > FLUSH_BYTES) {
      this.#flush();
    }
  }

  #flush(): void {
    if (this.#phase < ENDED) {
      this.#output.flush();
      this.#gate.update(this.#output.waitingBytes);
    }
  }

  /** The socket has taken what it was given. */
  #written(): void {
    if (this.#phase >= ENDED) {
      return;
    }
    try {
      this.sender.pump();
    } catch (reason) {
      this.blame(reason);
    }
    this.#flush();
  }

  /** What the client opened before it knew that we are leaving has arrived. */
  #finish(): void {
    if (this.#phase === DRAINING) {
      this.#phase = FINISHING;
      const { streams } = this.parts;
      streams.acceptUpTo = streams.lastId;
      writeGoAway(this.#output, streams.lastId, ErrorCode.NO_ERROR, '');
      this.touch();
    }
  }

  /** The client has ended its side: what is complete is answered still, as far as its windows go. */
  #ended(): void {
    this.#ending.clientEnded();
    this.touch();
  }

  /** Reads and answers nothing more. */
  #stop(): void {
    this.#phase = ENDED;
    this.#notice.stop();
    this.reader.stop();
    this.#gate.open();
  }

  #failed(error: Error): void {
    // Some errors leave a socket open, such as that a client renegotiates TLS.
    this.abandon(new Http2Error(ErrorCode.INTERNAL_ERROR, 'the socket failed', { cause: error }));
  }

  #closed(): void {
    if (this.#phase === CLOSED) {
      return;
    }
    this.#phase = CLOSED;
    this.#notice.stop();
    this.#ending.closed();
    this.reader.stop();
    try {
      closeStreams(this.parts, ErrorCode.CANCEL);
    } finally {
      this.#handler.connectionClosed?.(this, this.#error);
    }
  }
}
