import { mergeFields } from '../dispatch/fields.ts';
import { type Fields, fieldBlock } from '../dispatch/index.ts';
import type { ApiPage } from '../rest/page.ts';
import type { Page } from './page.ts';

/** Where the document of an API is. */
export const DOCUMENT_PATH = '/openapi.json';
/** Where it can be browsed. */
export const PAGE_PATH = '/docs';

/**
 * An API's document and the page that shows it.
 *
 * @param make - called when somebody first asks
 * @param security - constant fields of every answer, where a page has no other ones of its own
 */
export function apiPage(make: () => ApiPage, security: Fields): ReadonlyMap<string, Page> {
  const notFound = fieldBlock('content-type', 'text/plain', 'cache-control', 'no-store', ...security);
  let made: ApiPage | undefined;
  const page: Page = (http) => {
    made ??= make();
    const found = made.serve(http.path, { get: (name) => http.header(name) });
    return found === undefined
      ? { status: 404, block: notFound, body: `${http.path} is no part of this page\n` }
      : {
          status: found.status,
          block: fieldBlock(...(mergeFields(security, Object.entries(found.headers).flat()) ?? [])),
          body: found.body ?? '',
        };
  };
  return new Map([DOCUMENT_PATH, PAGE_PATH, `${PAGE_PATH}/`].map((path) => [path, page]));
}

/** Leads those who open the address of a server in a browser to its page. */
export function toApiPage(security: Fields): Page {
  const block = fieldBlock('location', PAGE_PATH, 'cache-control', 'no-store', ...security);
  return () => ({ status: 302, block, body: '' });
}
