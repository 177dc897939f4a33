import type { Http2Error } from './http2-error.ts';
import type { ServerConnection } from './server-connection.ts';
import type { ServerStream, StreamReceiver } from './server-stream.ts';

/** Serves the requests of connections. */
export interface ServerHandler {
  /** A request begins. What is returned receives the rest of it; `undefined`: the body is thrown away. */
  request(stream: ServerStream): StreamReceiver | undefined;
  /** The head was larger than `maxHeaderListBytes`. Default: an answer 431 without fields. */
  tooLarge?(stream: ServerStream): void;
  /** Comes once and last. `error`: what the client or the socket did wrong. */
  connectionClosed?(connection: ServerConnection, error: Http2Error | undefined): void;
}
