import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Fields } from '../dispatch/index.ts';
import type { RestResponse } from '../rest/index.ts';

/** Answers a handshake with something else than a connection, and ends it. */
export function refuseHandshake(socket: Duplex, response: RestResponse, more: Fields): void {
  const { status, headers, body = '' } = response;
  const bytes = Buffer.from(body);
  const fields = new Map(Object.entries(headers));
  for (let at = 0; at < more.length; at += 2) {
    fields.set(more[at] ?? '', more[at + 1] ?? '');
  }
  fields.set('content-length', String(bytes.length)).set('connection', 'close');
  const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  // A client that is gone already is nobody to tell.
  socket.on('error', ignore);
  socket.once('finish', () => socket.destroy());
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`);
  socket.end(bytes);
}

function ignore(): void {
  // It closes, too.
}
