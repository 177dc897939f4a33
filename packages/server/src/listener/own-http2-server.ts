import type { Duplex } from 'node:stream';
import {
  type Http2Options,
  type ServerConnection,
  type ServerHandler,
  serveHttp2,
} from '@traffic-tacos/http2';
import { fieldBlock } from '../dispatch/index.ts';
import type { Limits } from '../limits.ts';
import { endSharing, shareTime } from '../time/clocks.ts';
import type { Http2Server, Http2ServerOptions } from './http2-server.ts';
import { OwnHttp2Call } from './own-http2-call.ts';

const MEBIBYTE = 1024 * 1024;

/** A server of HTTP/2 by our own engine, on connections that somebody else accepts. */
export function createOwnHttp2Server({
  limits,
  door,
  keepers,
  logger,
  securityFields,
}: Http2ServerOptions): Http2Server {
  const connections = new Set<ServerConnection>();
  const tooLarge = fieldBlock(...securityFields);
  const options = engineOptions(limits);
  let draining = false;

  const handler: ServerHandler = {
    request: (stream) => {
      const call = new OwnHttp2Call(stream, keepers);
      call.receive(door.accept(call, true));
      return call;
    },
    receiving: shareTime,
    received: endSharing,
    tooLarge: (stream) => stream.respond(431, tooLarge, undefined, undefined, undefined),
    connectionClosed: (connection, err) => {
      connections.delete(connection);
      if (err !== undefined) {
        logger.debug({ err }, 'an HTTP/2 connection failed');
      }
    },
  };

  const sweep = setInterval(
    () => {
      const before = performance.now() - limits.idleTimeoutMs;
      for (const connection of connections) {
        if (connection.openStreams === 0 && connection.idleSince <= before) {
          connection.drain();
        }
      }
    },
    Math.min(1000, limits.idleTimeoutMs),
  );
  sweep.unref();

  return {
    serve: (socket: Duplex) => {
      const connection = serveHttp2(socket, handler, options);
      connections.add(connection);
      if (draining) {
        connection.drain();
      }
    },
    drain: () => {
      draining = true;
      for (const connection of connections) {
        connection.drain();
      }
    },
    destroy: () => {
      for (const connection of connections) {
        connection.destroy();
      }
    },
    stop: () => clearInterval(sweep),
  };
}

const MOST = 2 ** 31 - 1;

/** What a client may take, in the terms of the engine. */
function engineOptions(limits: Limits): Partial<Http2Options> {
  const bounded = (value: number): number => Math.min(Math.max(value, 1), MOST);
  return {
    maxConcurrentStreams: bounded(limits.maxStreamsPerConnection),
    maxHeaderListBytes: bounded(limits.maxHeaderBytes),
    maxBufferedBytes: bounded(limits.maxSessionMemoryMiB * MEBIBYTE),
    resetBurst: bounded(limits.streamResetBurst),
    resetsPerSecond: bounded(limits.streamResetsPerSecond),
    settingsTimeoutMs: bounded(limits.headersTimeoutMs),
    headersTimeoutMs: bounded(limits.headersTimeoutMs),
    keepaliveTimeMs: bounded(limits.keepaliveTimeMs),
    keepaliveTimeoutMs: bounded(limits.keepaliveTimeoutMs),
    // Calls have limits of their own, which come first; this is for what no call waits for.
    windowStallMs: bounded(2 * Math.max(limits.requestTimeoutMs, limits.idleTimeoutMs)),
  };
}
