/** A client of Connect over HTTP/1.1 of a few lines on a socket: one call after the other. */
import { connect } from 'node:net';
import type { Mix, Request } from './calls.ts';
import type { Load } from './load.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

/** Keeps one call under way on one connection until told to stop. */
export function connectConnection(port: number, mix: Mix, load: Load): void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let request: Request | undefined;
  let startedAt = 0;
  let answer: Buffer = Buffer.alloc(0);

  const start = (): void => {
    request = load.next();
    if (request === undefined) {
      return;
    }
    startedAt = performance.now();
    const { path, address, body } = request;
    const head =
      `POST ${path.toString('latin1')} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/proto\r\n` +
      `connect-protocol-version: 1\r\nx-forwarded-for: ${address.toString('latin1')}\r\ncontent-length: ${body.length}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), body]));
  };

  socket.on('data', (chunk: Buffer) => {
    answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
    const headEnd = answer.indexOf(HEAD_END);
    if (headEnd < 0) {
      return;
    }
    const head = answer.toString('latin1', 0, headEnd + 2);
    const length = Number(LENGTH.exec(head)?.[1]);
    if (!head.startsWith('HTTP/1.1 200 ') || Number.isNaN(length)) {
      throw new Error(`a call failed: ${answer.toString('latin1')}`);
    }
    const end = headEnd + HEAD_END.length + length;
    if (answer.length < end || request === undefined) {
      return;
    }
    mix.check(request.kind, answer.subarray(headEnd + HEAD_END.length, end));
    answer = answer.subarray(end);
    load.done(performance.now() - startedAt);
    start();
  });
  socket.on('close', () => load.closed());
  load.onStop(() => socket.destroy());
  start();
}
