import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { Fields } from '../dispatch/index.ts';
import type { Front } from '../doors/door.ts';
import type { Limits } from '../limits.ts';
import { createSample } from '../log/sample.ts';
import type { BodyBudget } from './body-budget.ts';
import { createHttp1Server } from './http1-server.ts';
import type { Http2Engine } from './http2-engine.ts';
import { createHttp2Server } from './http2-server.ts';
import { createOwnHttp2Server } from './own-http2-server.ts';
import { type Protocol, peek } from './peek.ts';
import { nodeTlsOptions, type TlsOptions } from './tls.ts';
import type { UpgradeHandler } from './upgrade.ts';
import { Watch } from './watch.ts';

/** One port for HTTP/1.1 and HTTP/2. */
export interface Listener {
  /** @throws Error when the port cannot be opened */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Takes no further connections and asks the present ones to end; resolves when all have. */
  close(): Promise<void>;
  /** Ends every connection, whatever it is doing. */
  destroy(): void;
  /** How many are open. */
  readonly connections: number;
}

/** What a listener needs. */
export interface ListenerOptions {
  readonly limits: Limits;
  /** For bodies of all connections. */
  readonly budget: BodyBudget;
  readonly logger: Logger;
  readonly door: Front;
  /** Constant fields of answers to what never becomes a request. */
  readonly securityFields: Fields;
  readonly tls: TlsOptions | undefined;
  readonly http2Engine: Http2Engine;
  /** Takes connections over from HTTP/1.1. */
  readonly upgrades: UpgradeHandler | undefined;
}

const http2Servers = { own: createOwnHttp2Server, node: createHttp2Server };

/** A listener that is not yet listening. */
export function createListener(options: ListenerOptions): Listener {
  const { limits, logger } = options;
  // By their peers: under TLS, what is decided about is another object than what came in.
  const undecided = new Map<string, Socket>();
  const sockets = new Set<Socket>();
  const watch = new Watch(limits.requestTimeoutMs);
  const tls = options.tls && nodeTlsOptions(options.tls);
  const keepers = { watch, budget: options.budget };
  const http1 = createHttp1Server({ ...options, keepers }, tls);
  const http2 = http2Servers[options.http2Engine]({ ...options, keepers });
  let closing: Promise<void> | undefined;

  // The listening server is the one of node:http, so that its own bookkeeping of connections works; what it does with
  // connections comes after a look at the protocol.
  const { server } = http1;
  server.maxConnections = limits.maxConnections;
  const dropped = createSample();
  server.on('drop', (data) => {
    const leftOut = dropped();
    if (leftOut !== undefined) {
      const line = {
        peer: data?.remoteAddress,
        limit: limits.maxConnections,
        ...(leftOut > 0 && { left_out: leftOut }),
      };
      logger.warn(line, 'a connection was dropped: there are as many as limits.maxConnections says');
    }
  });

  server.prependListener('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    undecided.set(peer, socket);
    sockets.add(socket);
    socket.on('error', ignore);
    socket.once('close', () => {
      undecided.delete(peer);
      sockets.delete(socket);
    });
  });
  const serve = (socket: Socket, protocol: Protocol): void => {
    undecided.delete(peerOf(socket));
    if (protocol === 'http1') {
      http1.serve(socket);
      if (tls !== undefined) {
        // Node reads records of TLS past its own parser; with a listener it goes through the stream, which can wait
        // while earlier answers leave. Otherwise requests that follow fast break the connection (HPE_PAUSED).
        socket.on('data', ignore);
      }
    } else {
      // Unlike HTTP/1.1, an HTTP/2 connection is over when one side is.
      socket.allowHalfOpen = false;
      http2.serve(socket);
    }
  };
  if (tls === undefined) {
    server.on('connection', (socket: Socket) =>
      peek(socket, limits.headersTimeoutMs, (protocol) => serve(socket, protocol)),
    );
  } else {
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', ignore);
      if (socket.alpnProtocol === 'h2') {
        serve(socket, 'http2');
      } else if (socket.alpnProtocol === 'http/1.1') {
        serve(socket, 'http1');
      } else {
        peek(socket, limits.headersTimeoutMs, (protocol) => serve(socket, protocol));
      }
    });
    server.on('tlsClientError', (err) => logger.debug({ err }, 'a TLS handshake failed'));
  }

  return {
    get connections() {
      return sockets.size;
    },
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          server.on('error', (err) => logger.error({ err }, 'the listener failed'));
          resolve(server.address() as AddressInfo);
        });
      }),
    close: () => {
      closing ??= new Promise((resolve) => {
        server.close(() => {
          watch.stop();
          http2.stop();
          resolve();
        });
        http1.drain();
        http2.drain();
        for (const socket of undecided.values()) {
          socket.destroy();
        }
      });
      return closing;
    },
    destroy: () => {
      http2.destroy();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function ignore(): void {
  // Its server notices by itself; before one is chosen there is nobody to tell.
}
