import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Fields } from '../dispatch/index.ts';
import type { Front } from '../doors/door.ts';
import type { Limits } from '../limits.ts';
import { afterAnswers } from './after-answers.ts';
import { answerClientErrors } from './client-errors.ts';
import type { CallKeepers } from './engine-call.ts';
import { Http1Call } from './http1-call.ts';
import { useOriginForm } from './target.ts';
import type { TlsOptions } from './tls.ts';
import { inTurns, unanswered } from './turns.ts';
import { type UpgradeHandler, wantsWebSocket, withoutOffer } from './upgrade.ts';

/** What serves HTTP/1.1, and how it is drained. */
export interface Http1Server {
  /** Accepts connections, and tells of those that are ready; it leaves to others what is spoken on them. */
  readonly server: http.Server | https.Server;
  /** Serves a connection. */
  serve(socket: Duplex): void;
  /** From here on connections end with their present answer. */
  drain(): void;
}

/** What both versions of HTTP need. */
export interface HttpServerOptions {
  readonly limits: Limits;
  readonly door: Front;
  readonly keepers: CallKeepers;
  /** Constant fields of answers to what never becomes a request. */
  readonly securityFields: Fields;
}

/** What HTTP/1.1 needs in addition. */
export interface Http1ServerOptions extends HttpServerOptions {
  /** Takes connections over from HTTP. Default: requests that ask for it are requests like any other. */
  readonly upgrades: UpgradeHandler | undefined;
}

/** A server of HTTP/1.1, with TLS or without. */
export function createHttp1Server(options: Http1ServerOptions, tls: TlsOptions | undefined): Http1Server {
  const { limits, door, keepers, upgrades } = options;
  const settings = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
  };
  const server =
    tls === undefined
      ? http.createServer(settings)
      : https.createServer({ ...settings, ...tls, handshakeTimeout: limits.headersTimeoutMs });
  const ready = tls === undefined ? 'connection' : 'secureConnection';
  const [accept] = server.listeners(ready);
  server.removeAllListeners(ready);
  const connections = new Set<Duplex>();
  let draining = false;

  function gone(this: Duplex): void {
    connections.delete(this);
  }

  const serve = (socket: Duplex): void => {
    // It comes back after an offer to upgrade that nobody takes.
    if (!connections.has(socket)) {
      connections.add(socket);
      socket.on('close', gone);
    }
    accept?.call(server, socket);
  };

  const closeIdle = (): void => {
    server.closeIdleConnections();
  };

  /** The last of its connection. */
  const isLast = (response: ServerResponse): void => {
    response.shouldKeepAlive = false;
    response.on('close', closeIdle);
  };

  const serveRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (draining) {
      isLast(response);
    }
    useOriginForm(request);
    const call = new Http1Call(request, response, keepers);
    call.receive(door.accept(call, false));
  };
  answerClientErrors(server, options.securityFields);
  server.on('request', inTurns(limits.maxStreamsPerConnection, serveRequest));

  if (upgrades !== undefined) {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      afterAnswers(request.socket, () => {
        if (wantsWebSocket(request)) {
          useOriginForm(request);
          upgrades.upgrade(request, socket, head);
        } else {
          socket.unshift(withoutOffer(request, head));
          serve(socket);
        }
      });
    });
  }

  return {
    server,
    serve,
    drain: () => {
      draining = true;
      upgrades?.drain();
      for (const connection of connections) {
        unanswered(connection).forEach(isLast);
      }
    },
  };
}
