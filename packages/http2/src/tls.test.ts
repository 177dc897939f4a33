import { once } from 'node:events';
import http2 from 'node:http2';
import type net from 'node:net';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { type ServerConnection, type ServerHandler, serveHttp2 } from './index.ts';
import { ownCertificate } from './testdata/certificate.ts';
import { answering } from './testdata/collect.ts';
import { flow } from './testdata/echo.ts';
import { FrameType, framesIn, HELLO, request } from './testdata/frames.ts';

interface Secured extends Disposable {
  readonly port: number;
  /** What vouches for the server. */
  readonly ca: Buffer;
  readonly connections: readonly ServerConnection[];
}

/** Serves HTTP/2 over TLS on 127.0.0.1. */
async function serveSecurely(handler: ServerHandler, options: tls.TlsOptions = {}): Promise<Secured> {
  const own = ownCertificate();
  const connections: ServerConnection[] = [];
  const server = tls.createServer(
    { ...own, ALPNProtocols: ['h2'], allowHalfOpen: true, ...options },
    (socket) => {
      connections.push(serveHttp2(socket, handler));
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    ca: own.cert,
    connections,
    [Symbol.dispose]: () => {
      for (const { socket } of connections) {
        socket.destroy();
      }
      server.close();
    },
  };
}

test('bodies come and go over TLS as they do without', async () => {
  using served = await serveSecurely(flow);
  const session = http2.connect(`https://127.0.0.1:${served.port}`, { ca: served.ca });
  try {
    const bodies = await Promise.all(
      [1, 10_000, 500_000].map(async (size) => {
        const stream = session.request({ ':method': 'POST' });
        stream.end(Buffer.alloc(size, 'x'));
        return (await buffer(stream)).length;
      }),
    );
    expect(bodies).toEqual([1, 10_000, 500_000]);
    expect(served.connections[0]?.peer).toBe('127.0.0.1');
    served.connections[0]?.drain();
    await once(session, 'close');
  } finally {
    session.destroy();
  }
});

test('SECURITY 17: a client that renegotiates TLS loses its connection', async () => {
  using served = await serveSecurely(answering, { maxVersion: 'TLSv1.2' });
  const socket = tls.connect({ port: served.port, host: '127.0.0.1', ca: served.ca, ALPNProtocols: ['h2'] });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.write(Buffer.concat([HELLO, request(1)]));
  while (!framesIn(Buffer.concat(chunks)).some(({ type }) => type === FrameType.DATA)) {
    await once(socket, 'data');
  }
  // Whether the socket reports an 'error' before it closes is up to the kernel's timing.
  const first = new Promise((resolve) => {
    served.connections[0]?.socket.once('close', () => resolve('closed'));
    socket.once('data', () => resolve('answered'));
  });
  socket.renegotiate({}, () => {});
  socket.write(request(3));
  expect(await first).toBe('closed');
  socket.destroy();
});
