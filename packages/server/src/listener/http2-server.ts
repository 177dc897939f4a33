import http2, {
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { fieldBlock } from '../dispatch/index.ts';
import type { HttpServerOptions } from './http1-server.ts';
import { Http2Call } from './http2-call.ts';
import { headOf } from './http2-fields.ts';
import { createIdleSessions } from './idle-sessions.ts';
import { createRequestClock } from './request-clock.ts';

/** What serves HTTP/2, and how it ends. */
export interface Http2Server {
  /** Serves a connection. */
  serve(socket: Duplex): void;
  /** Tells every client that nothing new is taken (GOAWAY); connections end with their last stream. */
  drain(): void;
  destroy(): void;
  stop(): void;
}

/** What HTTP/2 needs in addition. */
export interface Http2ServerOptions extends HttpServerOptions {
  readonly logger: Logger;
  /** Whether a request may take as long as it likes to arrive. */
  readonly isStream: (request: Http2ServerRequest) => boolean;
}

/** A server of HTTP/2 on connections that somebody else accepts. */
export function createHttp2Server(options: Http2ServerOptions): Http2Server {
  const { limits, door, handler, keepers, logger, isStream } = options;
  const sessions = new Set<ServerHttp2Session>();
  const tooLarge = fieldBlock(...options.securityFields);
  let draining = false;
  /** The connection whose session begins. */
  let accepted: Duplex | undefined;
  const server = http2.createServer({
    settings: {
      maxConcurrentStreams: limits.maxStreamsPerConnection,
      maxHeaderListSize: limits.maxHeaderBytes,
    },
    maxSessionMemory: limits.maxSessionMemoryMiB,
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetsPerSecond,
  });
  const requestClock = createRequestClock(limits.requestTimeoutMs);
  const idle = createIdleSessions(limits.idleTimeoutMs);

  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    idle.add(session, accepted);
    if (draining) {
      session.close();
    }
  });
  server.on('sessionError', (err) => logger.debug({ err }, 'an HTTP/2 connection failed'));
  server.on(
    'stream',
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
      // node:http2 enforces its setting only once the client has acknowledged it.
      if (stream.session?.pendingSettingsAck !== false && headerBytes(raw) > limits.maxHeaderBytes) {
        stream.on('error', ignore);
        // The client may have given up in the same breath.
        if (!stream.destroyed && !stream.closed) {
          stream.respond(headOf(431, tooLarge, undefined), { endStream: true });
        }
        return;
      }
      const use = stream.session && idle.of(stream.session);
      use?.opened();
      const call = new Http2Call(stream, headers, keepers, use);
      const receiver = door.accept(call, true);
      if (receiver === undefined) {
        stream.once('close', () => use?.closed());
        serveUnusual(stream, headers, raw);
      } else {
        call.receive(receiver);
      }
    },
  );

  /** What no door takes goes on as objects that look like those of `node:http`. */
  const serveUnusual = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: string[]): void => {
    const request = new Http2ServerRequest(stream, headers, {}, raw);
    const response = new Http2ServerResponse(stream);
    if (headers.expect?.toLowerCase() === '100-continue' && !stream.destroyed && !stream.closed) {
      response.writeContinue();
    }
    if (!isStream(request)) {
      requestClock.watch(request);
    }
    handler(request, response);
  };

  return {
    serve: (socket) => {
      accepted = socket;
      server.emit('connection', socket);
      accepted = undefined;
    },
    drain: () => {
      draining = true;
      for (const session of sessions) {
        session.close();
      }
    },
    destroy: () => {
      for (const session of sessions) {
        session.destroy();
      }
    },
    stop: () => {
      requestClock.stop();
      idle.stop();
    },
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
  // There is nothing more to tell this client.
}
