/**
 * Runs h2spec against an HTTP/2 engine of packages/http2 on a port of this machine. Arguments: the program, and flags
 * for it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type FieldBlock, type ServerStream, type StreamReceiver, serveHttp2 } from '@traffic-tacos/http2';

const [program, ...flags] = process.argv.slice(2);
if (program === undefined) {
  throw new Error('The first argument has to be the path of h2spec.');
}

const block: FieldBlock = { fields: ['content-type', 'text/plain'] };
const body = Buffer.from('Served in whole.\n');

function answer(stream: ServerStream): void {
  stream.respond(200, block, undefined, body, undefined);
}

/** Takes requests of any size, and answers when they are complete. */
const receiver: StreamReceiver = {
  data: () => {},
  end: (_trailers, stream) => answer(stream),
  drained: () => {},
  closed: () => {},
};

const server = createServer({ allowHalfOpen: true }, (socket) => {
  // Most cases end with a connection that is cut off.
  socket.on('error', () => {});
  serveHttp2(socket, {
    request: (stream) => {
      if (!stream.isRequestEnded) {
        return receiver;
      }
      answer(stream);
      return undefined;
    },
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

// Strict: also what RFC 9113 only recommends. A case waits so long, in seconds, for an answer before it has failed.
const always = ['--host', '127.0.0.1', '--port', String(port), '--strict', '--timeout', '10'];
const h2spec = spawn(program, [...always, ...flags], { stdio: 'inherit' });
const [status] = (await once(h2spec, 'close')) as [number | null];
process.exit(status ?? 1);
