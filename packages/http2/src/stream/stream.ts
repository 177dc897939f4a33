import type { AnswerWriter } from '../answer/answer-writer.ts';
import { bytesOf, checkFields } from '../answer/encoded-block.ts';
import type { ErrorCode } from '../error-code.ts';
import type { ReceiveWindow } from '../flow/receive-window.ts';
import type { SendQueue } from '../flow/send-queue.ts';
import type { Sender, SendingStream } from '../flow/sender.ts';
import type { Head } from '../head/head.ts';
import type { ServerConnection } from '../server-connection.ts';
import type { FieldBlock, ServerStream, StreamReceiver } from '../server-stream.ts';

/** The connection as its streams see it. */
export interface StreamHost extends ServerConnection {
  readonly writer: AnswerWriter;
  readonly sender: Sender;
  /** Something was written that is to leave. */
  touch(): void;
  /** The whole answer was written before the request was complete. */
  answeredEarly(stream: Stream): void;
  /** The stream is closed now. */
  forget(stream: Stream): void;
  /** The client is to be told that the stream is closed. */
  writeReset(stream: Stream, code: ErrorCode): void;
  /** Bytes of a body have been taken. */
  grant(stream: Stream, bytes: number): void;
}

/** What has happened to a stream, as bits. */
const REQUEST_ENDED = 1;
const HEAD_SENT = 2;
const LAST_WRITTEN = 4;
const ANSWER_ENDED = 8;
const CLOSED = 16;
const PAUSED = 32;
const BODILESS = 64;

/** One request and its answer. A class, because there is one for each. */
export class Stream implements ServerStream, SendingStream {
  readonly id: number;
  readonly head: Head;
  readonly connection: StreamHost;
  receiver: StreamReceiver | undefined = undefined;
  sendWindow: number;
  queue: SendQueue | undefined = undefined;
  /** Made with the first piece that is not the last. */
  window: ReceiveWindow | undefined = undefined;
  /** Bytes of the body that have to come still; -1: any. */
  missing: number;
  /** Bytes that were taken while it was paused. */
  held = 0;
  #state: number;
  /** What it was closed with. */
  #code: ErrorCode | number | undefined = undefined;

  constructor(connection: StreamHost, id: number, head: Head, sendWindow: number, isRequestEnded: boolean) {
    this.connection = connection;
    this.id = id;
    this.head = head;
    this.sendWindow = sendWindow;
    this.missing = head.contentLength;
    this.#state = isRequestEnded ? REQUEST_ENDED : 0;
  }

  get isClosed(): boolean {
    return (this.#state & CLOSED) !== 0;
  }

  get isRequestEnded(): boolean {
    return (this.#state & REQUEST_ENDED) !== 0;
  }

  get isPaused(): boolean {
    return (this.#state & PAUSED) !== 0;
  }

  respond(
    status: number,
    block: FieldBlock,
    own: readonly string[] | undefined,
    body: Uint8Array | undefined,
    trailers: FieldBlock | undefined,
  ): void {
    if (this.isClosed) {
      return;
    }
    const { writer, sender } = this.connection;
    const last = trailers === undefined ? undefined : bytesOf(trailers);
    const hasBody = body !== undefined && body.length > 0 && !this.#isBodiless(status);
    this.#begin(status, block, own, !hasBody && last === undefined);
    this.#state |= LAST_WRITTEN;
    if (hasBody) {
      if (!sender.canSend(this, body.length)) {
        sender.addLast(this, body, trailers);
        return;
      }
      sender.send(this, body, last === undefined);
    }
    if (last !== undefined) {
      writer.trailers(this.id, last);
    }
    this.sent();
  }

  inform(status: number, fields: readonly string[] = []): void {
    if (this.isClosed) {
      return;
    }
    if (status < 100 || status > 199 || status === 101) {
      throw new RangeError(`an informational answer has the status ${status}; expected 100 or 102 to 199`);
    }
    if ((this.#state & HEAD_SENT) !== 0) {
      throw new Error(`stream ${this.id} has its answer; expected what informs before it`);
    }
    checkFields(fields);
    this.connection.writer.head(this.id, status, bytesOf({ fields }), undefined, false);
    this.connection.touch();
  }

  open(status: number, block: FieldBlock, own: readonly string[] | undefined): void {
    if (this.isClosed) {
      return;
    }
    this.#begin(status, block, own, false);
    if (this.#isBodiless(status)) {
      this.#state |= BODILESS;
    }
  }

  write(bytes: Uint8Array): boolean {
    if (this.isClosed) {
      return true;
    }
    this.#checkOpen('a piece of the body');
    if (bytes.length === 0 || (this.#state & BODILESS) !== 0) {
      return true;
    }
    const { sender } = this.connection;
    this.connection.touch();
    if (sender.canSend(this, bytes.length)) {
      sender.send(this, bytes, false);
      return true;
    }
    return sender.add(this, bytes);
  }

  end(trailers?: FieldBlock): void {
    if (this.isClosed) {
      return;
    }
    this.#checkOpen('the end');
    const last = trailers === undefined ? undefined : bytesOf(trailers);
    this.#state |= LAST_WRITTEN;
    this.connection.touch();
    if (this.queue !== undefined) {
      this.queue.isEnding = true;
      this.queue.trailers = trailers;
      return;
    }
    const { writer } = this.connection;
    if (last === undefined) {
      writer.end(this.id);
    } else {
      writer.trailers(this.id, last);
    }
    this.sent();
  }

  reset(code: ErrorCode): void {
    if (!this.isClosed) {
      this.connection.writeReset(this, code);
      this.close(code);
    }
  }

  pause(): void {
    this.#state |= PAUSED;
  }

  resume(): void {
    this.#state &= ~PAUSED;
    const { held } = this;
    if (held > 0 && !this.isClosed) {
      this.held = 0;
      this.connection.grant(this, held);
      this.connection.touch();
    }
  }

  /** Takes over who receives the rest of the request, which may have been answered meanwhile. */
  accept(receiver: StreamReceiver | undefined): void {
    this.receiver = receiver;
    if (this.isClosed) {
      receiver?.closed(this.#code, this);
    }
  }

  /** The request is complete. */
  requestEnded(trailers: readonly string[] | undefined): void {
    this.#state |= REQUEST_ENDED;
    this.receiver?.end(trailers, this);
    if ((this.#state & (ANSWER_ENDED | CLOSED)) === ANSWER_ENDED) {
      this.close(undefined);
    }
  }

  sent(): void {
    this.#state |= ANSWER_ENDED;
    if ((this.#state & REQUEST_ENDED) !== 0) {
      this.close(undefined);
    } else {
      this.connection.answeredEarly(this);
    }
  }

  drained(): void {
    this.receiver?.drained(this);
  }

  /** Nothing more comes or goes. */
  close(code: ErrorCode | number | undefined): void {
    if (!this.isClosed) {
      this.#state |= CLOSED;
      this.#code = code;
      this.connection.forget(this);
      this.receiver?.closed(code, this);
    }
  }

  /** Writes the head of the answer. */
  #begin(status: number, block: FieldBlock, own: readonly string[] | undefined, isLast: boolean): void {
    if ((this.#state & HEAD_SENT) !== 0) {
      throw new Error(`stream ${this.id} has its answer; expected one head for each`);
    }
    if (status < 200) {
      throw new RangeError(`an answer has the status ${status}; expected 200 to 999`);
    }
    const bytes = bytesOf(block);
    if (own !== undefined) {
      checkFields(own);
    }
    this.connection.writer.head(this.id, status, bytes, own, isLast);
    this.#state |= HEAD_SENT;
    this.connection.touch();
  }

  #isBodiless(status: number): boolean {
    return this.head.isHead || status === 204 || status === 304;
  }

  #checkOpen(what: string): void {
    if ((this.#state & (HEAD_SENT | LAST_WRITTEN)) !== HEAD_SENT) {
      throw new Error(`stream ${this.id} was given ${what}; expected that after open() and before end()`);
    }
  }
}
