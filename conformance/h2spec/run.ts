/**
 * Runs h2spec against an HTTP/2 engine of packages/http2 on ports of this machine, in the clear and over TLS. Arguments:
 * the program, and flags for it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import { type FieldBlock, type ServerStream, type StreamReceiver, serveHttp2 } from '@traffic-tacos/http2';
import { ownCertificate } from '../../packages/server/src/testdata/own-certificate.ts';

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

function serve(socket: Socket): void {
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
}

/** Runs the suite against a server. @returns its exit status */
async function run(how: string, server: net.Server, own: readonly string[]): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  console.log(`h2spec ${how}`);
  // Strict: also what RFC 9113 only recommends. A case waits so long, in seconds, for an answer before it has failed.
  const always = ['--host', '127.0.0.1', '--port', String(port), '--strict', '--timeout', '10'];
  const h2spec = spawn(program as string, [...always, ...own, ...flags], { stdio: 'inherit' });
  const [status] = (await once(h2spec, 'close')) as [number | null];
  server.close();
  return status ?? 1;
}

const inTheClear = net.createServer({ allowHalfOpen: true }, serve);
const overTls = tls.createServer({ ...ownCertificate(), allowHalfOpen: true, ALPNProtocols: ['h2'] }, serve);
overTls.on('tlsClientError', () => {});
const statuses = [
  await run('in the clear', inTheClear, []),
  await run('over TLS', overTls, ['--tls', '--insecure']),
];
process.exit(Math.max(...statuses));
