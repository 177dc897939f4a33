import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Fields } from '../dispatch/index.ts';
import { unanswered } from './turns.ts';

/** What is wrong with requests that are no HTTP, by the codes of `node:http`; anything else is a 400. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Bytes behind a request that said it was the last one of its connection. */
const BEHIND_THE_LAST = 'HPE_CLOSED_CONNECTION';

/** Answers what is no request as `node:http` does by itself, with these fields in addition. */
export function answerClientErrors(server: Pick<Server, 'on'>, security: Fields): void {
  const fields = security.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === BEHIND_THE_LAST) {
      // Nobody asked for an answer to it. The connection ends with the one that is due.
      return;
    }
    const [current] = unanswered(socket);
    // An answer that has begun must not be mixed with another one.
    if (socket.writable && current?.headersSent !== true) {
      const status = STATUSES[error.code ?? ''] ?? 400;
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n${fields}\r\n`);
    }
    socket.destroy(error);
  });
}
