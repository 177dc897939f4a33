import type { ErrorCode } from './error-code.ts';
import type { RequestHead } from './request-head.ts';
import type { ServerConnection } from './server-connection.ts';

/**
 * Fields that many answers share: names in lower case and values in turn. Their bytes are made once for each object,
 * so it must not change.
 */
export interface FieldBlock {
  readonly fields: readonly string[];
}

/**
 * A request and its answer. Once it is closed, every method does nothing.
 *
 * Methods that take fields throw a `TypeError` that names a field HTTP/2 cannot carry, and have then sent nothing; those
 * that are called out of turn (a second answer, a piece before the head) throw an `Error`.
 */
export interface ServerStream {
  readonly id: number;
  /** Without method, path and fields when its list was longer than `maxHeaderListBytes`, see {@link ServerHandler.tooLarge}. */
  readonly head: RequestHead;
  readonly connection: ServerConnection;
  /** Both sides have ended, or one of them has reset it. */
  readonly isClosed: boolean;
  /** The request has arrived completely. In {@link ServerHandler.request}: it has no body. */
  readonly isRequestEnded: boolean;
  /** What {@link ServerHandler.request} returned; may be replaced at any time. `undefined`: the rest is thrown away. */
  receiver: StreamReceiver | undefined;
  /**
   * The whole answer at once. `own` are the fields of this answer alone. The body is not copied and must not change any
   * more. What the client's window lacks waits. HEAD, 204 and 304 leave the body out.
   */
  respond(
    status: number,
    block: FieldBlock,
    own: readonly string[] | undefined,
    body: Uint8Array | undefined,
    trailers: FieldBlock | undefined,
  ): void;
  /** An informational answer, 100 or 102 to 199, before the one that counts. */
  inform(status: number, fields?: readonly string[]): void;
  /** The head of an answer that comes in pieces. */
  open(status: number, block: FieldBlock, own: readonly string[] | undefined): void;
  /**
   * A piece of the body, which is not copied and must not change any more.
   *
   * @returns false when so much waits that more should be held back until {@link StreamReceiver.drained}
   */
  write(bytes: Uint8Array): boolean;
  end(trailers?: FieldBlock): void;
  /** Ends it in both directions; what waits to be sent is dropped. */
  reset(code: ErrorCode): void;
  /** Grants the client nothing more of this body: at most `initialWindowBytes` come still. */
  pause(): void;
  resume(): void;
}

/** What becomes of a request. The same object may serve any number of streams. */
export interface StreamReceiver {
  /**
   * A piece of the body, never empty. The chunk belongs to the receiver. Unless it is the last piece, it keeps alive no
   * more than eight times its size, or 8 KiB. The client is granted as much again at once, unless the stream is paused.
   * After a complete answer, what came in the same turn is told still.
   */
  data(chunk: Buffer, stream: ServerStream): void;
  /** The request is complete. */
  end(trailers: readonly string[] | undefined, stream: ServerStream): void;
  /** What {@link ServerStream.write} kept has left. */
  drained(stream: ServerStream): void;
  /**
   * Comes once and last, also from within `respond`, `end` and `reset`.
   *
   * @param code - why, where one side has reset it or the connection is lost; `undefined`: both sides ended well
   */
  closed(code: ErrorCode | number | undefined, stream: ServerStream): void;
}
