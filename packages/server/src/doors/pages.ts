import { type Fields, fieldBlock } from '../dispatch/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { Door } from './door.ts';
import { type Page, type PageTools, pageReceiver } from './page.ts';

/** Pages by their paths; what ends with a slash stands for everything below, the root alone for itself. */
export type Pages = ReadonlyMap<string, Page>;

/** Whether the page of a path stands for everything below. */
export function isFolder(path: string): boolean {
  return path !== '/' && path.endsWith('/');
}

/**
 * Pages that are read, and nothing else.
 *
 * @param security - constant fields of the refusal of anything else
 */
export function pagesDoor(
  pages: Pages,
  tools: PageTools,
  security: Fields,
  metrics: Metrics | undefined,
): Door {
  const notAllowed = fieldBlock('allow', 'GET, HEAD', 'cache-control', 'no-store', ...security);
  const folders = [...pages.keys()].filter(isFolder);
  return {
    accept: (http) => {
      const route = pages.has(http.path) ? http.path : folders.find((folder) => http.path.startsWith(folder));
      const page = route === undefined ? undefined : pages.get(route);
      if (route === undefined || page === undefined) {
        return undefined;
      }
      const isRead = http.method === 'GET' || http.method === 'HEAD';
      return pageReceiver(
        http,
        isRead ? page : () => ({ status: 405, block: notAllowed, body: '' }),
        tools,
        metrics?.route(http.method, route),
      );
    },
  };
}
