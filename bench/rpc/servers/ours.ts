/**
 * The server of packages/server. Arguments: one of the variants of ../variants.ts, what serves HTTP/2 (empty: what does
 * by default), `tls` or nothing.
 */
import { createServer, type ServerOptions, service } from '@traffic-tacos/server';
import { LibraryService } from '../../../packages/server/src/testdata/gen/library/v1/library_pb.js';
import { ownCertificate } from '../../../packages/server/src/testdata/own-certificate.ts';
import { book } from '../contract.ts';
import { variantOptions } from '../variants.ts';
import { serving } from './serve.ts';

const [variant = 'bare', engine = '', tls = ''] = process.argv.slice(2);
const server = createServer({
  services: [service(LibraryService, { getBook: () => ({ book }) })],
  ...(await variantOptions(variant)),
  http2: engine === '' ? undefined : (engine as ServerOptions['http2']),
  tls: tls === 'tls' ? ownCertificate() : undefined,
});
const { port } = await server.listen({ port: 0 });

// For bench/memory.ts.
process.on('message', async () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, heapUsed, external });
});
serving(port);
