import { once } from 'node:events';
import net from 'node:net';
import { type Http2Options, type ServerConnection, type ServerHandler, serveHttp2 } from '../index.ts';

/** An engine on a port of this machine. */
export interface Served extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly connections: readonly ServerConnection[];
}

/** Serves HTTP/2 in the clear on 127.0.0.1. */
export async function serve(handler: ServerHandler, options?: Partial<Http2Options>): Promise<Served> {
  const connections: ServerConnection[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    connections.push(serveHttp2(socket, handler, options));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections) {
        connection.socket.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}
