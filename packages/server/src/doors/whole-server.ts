import { type Fields, fieldBlock } from '../dispatch/index.ts';
import { type Metrics, UNMATCHED } from '../metrics/index.ts';
import type { Door } from './door.ts';
import { type PageTools, pageReceiver } from './page.ts';

/**
 * Answers `OPTIONS *`, which asks whether the server is there (RFC 9110, 9.3.7): what can be done with a path is for
 * the path to say.
 *
 * @param security - constant fields of every answer
 */
export function wholeServerDoor(tools: PageTools, security: Fields, metrics: Metrics | undefined): Door {
  const block = fieldBlock('cache-control', 'no-store', ...security);
  return {
    accept: (http) =>
      http.method === 'OPTIONS' && http.path === '*'
        ? pageReceiver(
            http,
            () => ({ status: 204, block, body: '' }),
            tools,
            metrics?.route(http.method, UNMATCHED),
          )
        : undefined,
  };
}
