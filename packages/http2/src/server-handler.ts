import type { Http2Error } from './http2-error.ts';
import type { ServerConnection } from './server-connection.ts';
import type { ServerStream, StreamReceiver } from './server-stream.ts';

/**
 * Serves the requests of connections. What it throws, or the receivers that it returns, ends the connection
 * (INTERNAL_ERROR) and is thrown on, to whoever listens to `uncaughtException`.
 */
export interface ServerHandler {
  /** A request begins. What is returned receives the rest of it; `undefined`: the body is thrown away. */
  request(stream: ServerStream): StreamReceiver | undefined;
  /**
   * Bytes have come on some connection. Everything that is told because of them is told before {@link received}, which
   * comes at once and in any case.
   */
  receiving?(): void;
  /** What the bytes had to tell was told, even where a handler threw. */
  received?(): void;
  /** The head was larger than `maxHeaderListBytes`. Default: an answer 431 without fields. */
  tooLarge?(stream: ServerStream): void;
  /**
   * Comes once and last. `error`: what the client, the socket or the handler did wrong; `undefined` where one of the sides
   * just ended it.
   */
  connectionClosed?(connection: ServerConnection, error: Http2Error | undefined): void;
}
