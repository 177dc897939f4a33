import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Connection } from './connection/connection.ts';
import { Sweep } from './connection/sweep.ts';
import { completeOptions, type Http2Options } from './options.ts';
import type { ServerConnection } from './server-connection.ts';
import type { ServerHandler } from './server-handler.ts';

/** How often connections are looked at. */
const SWEEP_MS = 500;

/** Connections that are not closed. */
const sweeps = new Set<Sweep>();
let timer: NodeJS.Timeout | undefined;

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
  if (socket instanceof Socket) {
    // What a turn has to say leaves in one write.
    socket.setNoDelay(true);
  }
  // A client must not do that (RFC 9113, 9.2.1), and each time costs the server far more than it.
  (socket as Partial<TLSSocket>).disableRenegotiation?.();
  const connection = new Connection(socket, handler, completeOptions(options), now);
  if (!socket.closed) {
    lookAfter(socket, new Sweep(connection));
  }
  return connection;
}

function lookAfter(socket: Duplex, sweep: Sweep): void {
  sweeps.add(sweep);
  timer ??= setInterval(sweepAll, SWEEP_MS).unref();
  socket.once('close', () => {
    sweeps.delete(sweep);
    if (sweeps.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  });
}

function sweepAll(): void {
  const time = now();
  for (const sweep of sweeps) {
    sweep.run(time);
  }
}

function now(): number {
  return performance.now();
}
