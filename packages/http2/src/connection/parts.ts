import { AnswerWriter } from '../answer/answer-writer.ts';
import { ErrorCode } from '../error-code.ts';
import { ReceiveWindow } from '../flow/receive-window.ts';
import { Sender } from '../flow/sender.ts';
import { FrameType } from '../frames/frame-type.ts';
import { Http2Error } from '../http2-error.ts';
import { Allowance } from '../limits/allowance.ts';
import type { Http2Options } from '../options.ts';
import { writeNumberFrame } from '../output/frames.ts';
import type { Output } from '../output/output.ts';
import { PeerSettings } from '../settings/peer-settings.ts';
import { INITIAL_WINDOW_BYTES } from '../settings/setting.ts';
import type { Stream } from '../stream/stream.ts';
import { Streams } from './streams.ts';

/** Half of what may wait for the socket is for bodies, so that answers and acknowledgements find room. */
const SHARE_OF_BODIES = 0.5;

/**
 * More than this keeps no socket busier: what is more waits by stream, where writers are told. Besides, a socket says only
 * when the whole of what it was given has left, and with that, that its client reads.
 */
const MAX_OUTPUT_OF_BODIES = 256 * 1024;

/** Frames without content that a client may send for each frame of an answer. */
const CONTROLS_PER_SENT = 4;

/** What those who handle the frames of one connection share. */
export class Parts {
  readonly options: Http2Options;
  readonly output: Output;
  readonly streams: Streams = new Streams();
  readonly peerSettings: PeerSettings = new PeerSettings();
  readonly writer: AnswerWriter;
  readonly sender: Sender;
  /** What the client may send of all bodies. */
  readonly window: ReceiveWindow;
  /** What it may send of one body: more than we want, until it knows that. */
  streamWindowBytes: number;
  /** The client knows our settings. */
  isAcknowledged = false;
  /** Streams that it resets or gives reason to. */
  readonly #resets: Allowance;
  readonly #controls: Allowance;
  /** Frames that were sent, and that the client has had its allowance for. */
  #earnedFor = 0;

  constructor(options: Http2Options, output: Output, now: () => number) {
    this.options = options;
    this.output = output;
    this.writer = new AnswerWriter(output, this.peerSettings);
    const maxOutputBytes = Math.min(options.maxBufferedBytes * SHARE_OF_BODIES, MAX_OUTPUT_OF_BODIES);
    this.sender = new Sender(this.writer, this.peerSettings, maxOutputBytes);
    this.window = new ReceiveWindow(options.connectionWindowBytes);
    this.streamWindowBytes = Math.max(INITIAL_WINDOW_BYTES, options.initialWindowBytes);
    this.#resets = new Allowance(options.resetBurst, options.resetsPerSecond, now);
    this.#controls = new Allowance(options.controlBurst, options.controlsPerSecond, now);
  }

  /**
   * The client has left so much untaken that nothing new is begun for it. Reading from it stops as well, but not within
   * what has come: heads of answers may be a thousand times as long as the requests that lead to them.
   */
  get isFull(): boolean {
    const { maxBufferedBytes } = this.options;
    return this.sender.waitingBytes > maxBufferedBytes || this.output.waitingBytes > maxBufferedBytes;
  }

  /** A stream ended before its time, by the client or on account of it. @throws Http2Error when they are too many */
  countReset(): void {
    if (!this.#resets.take()) {
      throw new Http2Error(ErrorCode.ENHANCE_YOUR_CALM, 'too many streams were reset');
    }
  }

  /** A frame came that carries nothing. @throws Http2Error when they are too many */
  countControl(): void {
    if (!this.#controls.take() && !this.#takeForSent()) {
      throw new Http2Error(ErrorCode.ENHANCE_YOUR_CALM, 'too many frames carry nothing');
    }
  }

  /**
   * Takes one that the client has for what it was sent: clients tell of what they have read, and some measure the
   * connection with a PING for each frame.
   */
  #takeForSent(): boolean {
    const { sentFrames } = this.sender;
    this.#controls.earn((sentFrames - this.#earnedFor) * CONTROLS_PER_SENT);
    this.#earnedFor = sentFrames;
    return this.#controls.take();
  }

  /** A frame came that carries something. */
  earnControls(count: number): void {
    this.#controls.earn(count);
  }

  /** Ends a stream on account of the client. @throws Http2Error when such streams are too many */
  fail(stream: Stream, code: ErrorCode): void {
    stream.reset(code);
    this.countReset();
  }

  /** {@link Parts.fail} for a stream that may be closed. */
  failById(id: number, code: ErrorCode): void {
    const stream = this.streams.get(id);
    if (stream !== undefined) {
      this.fail(stream, code);
    }
  }

  /** Refuses a stream that was never open for us. @throws Http2Error when such streams are too many */
  refuse(id: number, code: ErrorCode): void {
    writeNumberFrame(this.output, FrameType.RST_STREAM, id, code);
    this.streams.wasReset(id);
    this.countReset();
  }

  /** Bytes of a body have been taken. */
  grantTo(stream: Stream, bytes: number): void {
    if (!stream.isRequestEnded) {
      const more = stream.window?.take(bytes) ?? 0;
      if (more > 0) {
        writeNumberFrame(this.output, FrameType.WINDOW_UPDATE, stream.id, more);
      }
    }
    this.grant(bytes);
  }

  /** Bytes that count for all streams have been taken. */
  grant(bytes: number): void {
    const more = this.window.take(bytes);
    if (more > 0) {
      writeNumberFrame(this.output, FrameType.WINDOW_UPDATE, 0, more);
    }
  }
}
