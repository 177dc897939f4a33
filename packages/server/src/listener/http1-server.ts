import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { Door } from '../doors/door.ts';
import type { Limits } from '../limits.ts';
import type { RequestHandler } from './connect-handler.ts';
import { Http1Call } from './http1-call.ts';
import type { TlsOptions } from './tls.ts';
import type { Watch } from './watch.ts';

/** What serves HTTP/1.1, and how it is drained. */
export interface Http1Server {
  readonly server: http.Server | https.Server;
  /** From here on connections end with their present answer. */
  drain(): void;
}

/** What both versions of HTTP need. */
export interface HttpServerOptions {
  readonly limits: Limits;
  readonly door: Door;
  /** Serves what no door takes. */
  readonly handler: RequestHandler;
  readonly watch: Watch;
}

/** A server of HTTP/1.1, with TLS or without. */
export function createHttp1Server(options: HttpServerOptions, tls: TlsOptions | undefined): Http1Server {
  const { limits, door, handler, watch } = options;
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
  const answering = new Set<ServerResponse>();
  let draining = false;

  function answered(this: ServerResponse): void {
    answering.delete(this);
    if (draining) {
      server.closeIdleConnections();
    }
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answering.add(response);
    response.on('close', answered);
    if (draining) {
      response.shouldKeepAlive = false;
    }
    const call = new Http1Call(request, response, watch);
    const receiver = door.accept(call, false);
    if (receiver === undefined) {
      handler(request, response);
    } else {
      call.receive(receiver);
    }
  });

  return {
    server,
    drain: () => {
      draining = true;
      for (const response of answering) {
        response.shouldKeepAlive = false;
      }
    },
  };
}
