import { type Fields, fieldBlock } from '../dispatch/index.ts';
import type { Door } from '../doors/door.ts';
import { type PageTools, pageReceiver } from '../doors/page.ts';
import type { Metrics } from '../metrics/index.ts';

/** Tells requests of HTTP/1.1 for the path of connections how to get one. */
export function plainRequestDoor(
  path: string,
  securityFields: Fields,
  tools: PageTools,
  metrics: Metrics | undefined,
): Door {
  const own = ['upgrade', 'websocket', 'connection', 'upgrade', 'cache-control', 'no-store'];
  const block = fieldBlock(...own, ...securityFields);
  return {
    // HTTP/2 has trailers, and no upgrades.
    accept: (http, trailers) =>
      http.path !== path || trailers
        ? undefined
        : pageReceiver(
            http,
            () => ({ status: 426, block, body: '' }),
            tools,
            metrics?.route(http.method, path),
          ),
  };
}
