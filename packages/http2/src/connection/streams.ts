import { ErrorCode } from '../error-code.ts';
import { Http2Error } from '../http2-error.ts';
import type { Stream } from '../stream/stream.ts';
import { OpenStreams } from './open-streams.ts';

/** How many of the streams that we reset are remembered: frames of theirs may be on their way still. */
const MAX_RESET = 1024;

/** The streams of a connection: those that are open, and what is known of the others (RFC 9113, 5.1). */
export class Streams {
  readonly #open = new OpenStreams();
  /** Reset by us, the oldest first. */
  #reset: Set<number> | undefined;
  /** The latest streams that the client left out, so that they were never open. */
  #skippedFrom = 0;
  #skippedTo = 0;
  /** The latest stream that the client has opened. */
  lastId = 0;
  /** Streams beyond it are ignored: we have told the client that. */
  acceptUpTo = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#open.size;
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id);
  }

  /** All that are open at this moment. */
  list(): Stream[] {
    return this.#open.list();
  }

  /** The client has opened a stream, whatever becomes of it. */
  opened(id: number): void {
    if (id > this.lastId + 2) {
      this.#skippedFrom = this.lastId + 1;
      this.#skippedTo = id - 1;
    }
    this.lastId = id;
  }

  add(stream: Stream): void {
    this.#open.add(stream);
  }

  delete(stream: Stream): void {
    this.#open.delete(stream);
  }

  /** We have reset a stream: more of it may be on its way. */
  wasReset(id: number): void {
    this.#reset ??= new Set();
    const reset = this.#reset;
    reset.add(id);
    if (reset.size > MAX_RESET) {
      for (const oldest of reset) {
        reset.delete(oldest);
        break;
      }
    }
  }

  /** Whether nobody has opened the stream yet. Those of even number would be ours to open. */
  isIdle(id: number): boolean {
    return id % 2 === 0 || (id > this.lastId && id <= this.acceptUpTo);
  }

  /** Whether frames of a stream that is not open are to be expected, and ignored. */
  mayComeLate(id: number): boolean {
    return id > this.acceptUpTo || this.#reset?.has(id) === true;
  }

  /** What a frame means that needs an open stream, and came for one that is closed for good. */
  closedError(id: number, what: string): Http2Error {
    const wasSkipped = id >= this.#skippedFrom && id <= this.#skippedTo;
    const code = wasSkipped ? ErrorCode.PROTOCOL_ERROR : ErrorCode.STREAM_CLOSED;
    return new Http2Error(code, `${what} came for stream ${id}, which is closed`);
  }
}
