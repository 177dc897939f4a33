import { fieldBlock } from '../dispatch/index.ts';
import type { ApiPage } from '../rest/page.ts';
import type { Page } from './page.ts';

const NOT_FOUND = fieldBlock('content-type', 'text/plain', 'cache-control', 'no-store');

/** Where the document of an API is. */
export const DOCUMENT_PATH = '/openapi.json';
/** Where it can be browsed. */
export const PAGE_PATH = '/docs';

/**
 * An API's document and the page that shows it.
 *
 * @param make - called when somebody first asks
 */
export function apiPage(make: () => ApiPage): ReadonlyMap<string, Page> {
  let made: ApiPage | undefined;
  const page: Page = (http) => {
    made ??= make();
    const found = made.serve(http.path, { get: (name) => http.header(name) });
    return found === undefined
      ? { status: 404, block: NOT_FOUND, body: `${http.path} is no part of this page\n` }
      : {
          status: found.status,
          block: fieldBlock(...Object.entries(found.headers).flat()),
          body: found.body ?? '',
        };
  };
  return new Map([DOCUMENT_PATH, PAGE_PATH, `${PAGE_PATH}/`].map((path) => [path, page]));
}
