import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { onTestFinished } from 'vitest';

export interface TestServer {
  readonly baseUrl: string;
  /** Cuts every connection, in the middle of whatever is going on. */
  cutConnections(): void;
  close(): Promise<void>;
}

/** Serves on a free port of 127.0.0.1 until the test has finished. */
export async function startServer(options: {
  routes: (router: ConnectRouter) => void;
  httpVersion?: '1.1' | '2';
  port?: number;
}): Promise<TestServer> {
  const handler = connectNodeAdapter({ routes: options.routes });
  const server = options.httpVersion === '1.1' ? createServer(handler) : createHttp2Server(handler);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const cutConnections = () => {
    for (const socket of sockets) {
      socket.destroy();
    }
  };
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      cutConnections();
    });
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}`, cutConnections, close };
}
