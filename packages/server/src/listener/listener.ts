import http, { type ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Limits } from '../limits.ts';
import { peek } from './peek.ts';
import { createRequestClock } from './request-clock.ts';
import type { RequestHandler } from './request-handler.ts';

/** One port for HTTP/1.1 and cleartext HTTP/2. */
export interface Listener {
  /** @throws Error when the port cannot be opened */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Takes no further connections and asks the present ones to end; resolves when all have. */
  close(): Promise<void>;
  /** Ends every connection, whatever it is doing. */
  destroy(): void;
}

/** What a listener needs. */
export interface ListenerOptions {
  readonly limits: Limits;
  readonly logger: Logger;
  readonly handler: RequestHandler;
  /** Whether a request of this path may take as long as it likes to arrive. */
  readonly isStream: (request: Http2ServerRequest) => boolean;
}

/** A listener that is not yet listening. */
export function createListener({ limits, logger, handler, isStream }: ListenerOptions): Listener {
  const undecided = new Set<Socket>();
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const answering = new Set<ServerResponse>();
  let closing: Promise<void> | undefined;

  const server1 = http.createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
  });
  server1.on('request', (request, response) => {
    answering.add(response);
    if (closing !== undefined) {
      response.shouldKeepAlive = false;
    }
    response.once('close', () => {
      answering.delete(response);
      if (closing !== undefined) {
        server1.closeIdleConnections();
      }
    });
    handler(request, response);
  });

  const server2 = http2.createServer({
    settings: {
      maxConcurrentStreams: limits.maxStreamsPerConnection,
      maxHeaderListSize: limits.maxHeaderBytes,
    },
    maxSessionMemory: limits.maxSessionMemoryMiB,
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetsPerSecond,
  });
  const requestClock = createRequestClock(limits.requestTimeoutMs);
  server2.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(limits.idleTimeoutMs, () => session.close());
    if (closing !== undefined) {
      session.close();
    }
  });
  server2.on('sessionError', (err) => logger.debug({ err }, 'an HTTP/2 connection failed'));
  server2.on('request', (request, response) => {
    // node:http2 enforces the setting only after the client has acknowledged it.
    if (headerBytes(request.rawHeaders) > limits.maxHeaderBytes) {
      response.writeHead(431);
      response.end();
      return;
    }
    if (!isStream(request)) {
      requestClock.watch(request);
    }
    handler(request, response);
  });

  // The listening server is the one of node:http, so that its own bookkeeping of connections works; its handler
  // of connections is put behind a look at the first bytes.
  const [serveHttp1] = server1.listeners('connection');
  server1.removeAllListeners('connection');
  server1.on('connection', (socket: Socket) => {
    undecided.add(socket);
    sockets.add(socket);
    socket.on('error', ignore);
    socket.once('close', () => {
      undecided.delete(socket);
      sockets.delete(socket);
    });
    peek(socket, limits.headersTimeoutMs, (protocol) => {
      undecided.delete(socket);
      if (protocol === 'http1') {
        serveHttp1?.call(server1, socket);
      } else {
        // Unlike HTTP/1.1, an HTTP/2 connection is over when one side is.
        socket.allowHalfOpen = false;
        server2.emit('connection', socket);
      }
    });
  });

  const destroy = (): void => {
    for (const session of sessions) {
      session.destroy();
    }
    for (const socket of sockets) {
      socket.destroy();
    }
  };

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server1.once('error', reject);
        server1.listen(port, host, () => {
          server1.off('error', reject);
          server1.on('error', (err) => logger.error({ err }, 'the listener failed'));
          resolve(server1.address() as AddressInfo);
        });
      }),
    close: () => {
      closing ??= new Promise((resolve) => {
        server1.close(() => {
          requestClock.stop();
          resolve();
        });
        for (const response of answering) {
          response.shouldKeepAlive = false;
        }
        for (const session of sessions) {
          session.close();
        }
        for (const socket of undecided) {
          socket.destroy();
        }
      });
      return closing;
    },
    destroy,
  };
}

/** As HTTP/2 counts it: 32 bytes for each field (RFC 9113, 6.5.2). */
function headerBytes(raw: readonly string[]): number {
  let bytes = raw.length * 16;
  for (const part of raw) {
    bytes += part.length;
  }
  return bytes;
}

function ignore(): void {
  // Its server notices by itself; before one is chosen there is nobody to tell.
}
