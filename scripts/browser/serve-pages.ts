import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An origin whose every path is an empty page with one script. */
export interface PageOrigin {
  readonly origin: string;
  close(): void;
}

/** Serves pages on a free port of 127.0.0.1: each port is an origin of its own. */
export async function servePages(script: string): Promise<PageOrigin> {
  const server = createServer((request, response) => {
    const [type, body] =
      request.url === '/page.js'
        ? ['text/javascript', script]
        : ['text/html', '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>'];
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
