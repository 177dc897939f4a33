/** What node:http2 itself can do: reads the body, answers a constant frame and trailers. No protobuf, no checks. */
import http2 from 'node:http2';
import { answer, framed } from '../contract.ts';
import { portOf, serving } from './serve.ts';

const frame = framed(answer);
const server = http2.createServer();
server.on('stream', (stream) => {
  stream.resume();
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(frame);
  });
});
server.listen(0, '127.0.0.1', () => serving(portOf(server)));
