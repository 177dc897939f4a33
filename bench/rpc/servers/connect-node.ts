/** The stock adapter of connect-es. Argument: `1` for node:http, `2` for node:http2. */
import http from 'node:http';
import http2 from 'node:http2';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { LibraryService } from '../../../packages/server/src/testdata/gen/library/v1/library_pb.js';
import { book } from '../contract.ts';
import { portOf, serving } from './serve.ts';

const handler = connectNodeAdapter({
  routes: (router) => {
    router.service(LibraryService, { getBook: () => ({ book }) });
  },
});
const server = process.argv[2] === '1' ? http.createServer(handler) : http2.createServer(handler);
server.listen(0, '127.0.0.1', () => serving(portOf(server)));
