import type { Duplex } from 'node:stream';
import { completeOptions, type Http2Options } from './options.ts';
import type { ServerConnection, ServerHandler } from './server-connection.ts';

/**
 * Serves HTTP/2 on a socket whose next bytes are the client's preface. With `allowHalfOpen`, clients that have ended
 * their side still get their answers.
 *
 * @throws RangeError, TypeError for an option that is none
 */
export function serveHttp2(
  socket: Duplex,
  handler: ServerHandler,
  options?: Partial<Http2Options>,
): ServerConnection {
  completeOptions(options);
  throw new Error(`UNIMPLEMENTED ${socket} ${handler}`);
}
