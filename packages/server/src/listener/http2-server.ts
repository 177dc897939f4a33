import http2, { type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { fieldBlock } from '../dispatch/index.ts';
import type { HttpServerOptions } from './http1-server.ts';
import { Http2Call } from './http2-call.ts';
import { headOf } from './http2-fields.ts';
import { createIdleSessions } from './idle-sessions.ts';

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
}

/** A server of HTTP/2 on connections that somebody else accepts. */
export function createHttp2Server(options: Http2ServerOptions): Http2Server {
  const { limits, door, keepers, logger } = options;
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
  const idle = createIdleSessions(limits);

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
      call.receive(door.accept(call, true));
    },
  );

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
