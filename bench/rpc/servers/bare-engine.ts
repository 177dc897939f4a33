/** What our HTTP/2 engine itself can do: reads the body, answers a constant frame and trailers. No protobuf, no checks. */
import net from 'node:net';
import { type ServerHandler, type StreamReceiver, serveHttp2 } from '@traffic-tacos/http2';
import { answer, framed } from '../contract.ts';
import { portOf, serving } from './serve.ts';

const frame = framed(answer);
const head = { fields: ['content-type', 'application/grpc'] };
const trailers = { fields: ['grpc-status', '0'] };

const receiver: StreamReceiver = {
  data: () => {},
  end: (_, stream) => stream.respond(200, head, undefined, frame, trailers),
  drained: () => {},
  closed: () => {},
};
const handler: ServerHandler = { request: () => receiver };
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  serveHttp2(socket, handler);
});
server.listen(0, '127.0.0.1', () => serving(portOf(server)));
