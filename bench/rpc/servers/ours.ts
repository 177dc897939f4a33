/** The server of packages/server. Argument: one of the variants of ../variants.ts. */
import { createServer, service } from '@traffic-tacos/server';
import { LibraryService } from '../../../packages/server/src/testdata/gen/library/v1/library_pb.js';
import { book } from '../contract.ts';
import { variantOptions } from '../variants.ts';
import { serving } from './serve.ts';

const server = createServer({
  services: [service(LibraryService, { getBook: () => ({ book }) })],
  ...(await variantOptions(process.argv[2] ?? 'bare')),
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
