/** What node:http itself can do: reads the body, answers constant bytes. No protobuf, no checks. */
import http from 'node:http';
import { answer } from '../contract.ts';
import { portOf, serving } from './serve.ts';

const server = http.createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/proto', 'content-length': answer.length });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => serving(portOf(server)));
