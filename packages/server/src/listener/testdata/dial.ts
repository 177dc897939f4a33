import http2 from 'node:http2';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Served } from '../../testdata/serve.ts';

export const GET_BOOK = '/library.v1.LibraryService/GetBook';
export const json: { readonly 'content-type': string } = { 'content-type': 'application/json' };

/** A bare connection that collects what it receives. */
export function dial({ port }: Pick<Served, 'port'>): {
  socket: Socket;
  received: () => string;
  closed: Promise<void>;
} {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  onTestFinished(() => {
    socket.destroy();
  });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, received: () => text, closed };
}

/** A connection of HTTP/2 until the test is over. */
export function dialHttp2(
  { url }: Pick<Served, 'url'>,
  options: http2.ClientSessionOptions = {},
): http2.ClientHttp2Session {
  const session = http2.connect(url, options);
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  return session;
}
