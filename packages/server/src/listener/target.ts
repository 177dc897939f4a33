import type { IncomingMessage } from 'node:http';

const SLASH = 47;

/** Scheme, authority, and what a server takes for the target; no user, which has no place in a request. */
const ABSOLUTE = /^https?:\/\/([^/?#@\s]+)([^#\s]*)$/i;

/**
 * Lets a request whose target is a whole URI, as proxies write it, look like every other (RFC 9112, 3.2.2). The host in
 * the target is the one that counts.
 */
export function useOriginForm(request: IncomingMessage): void {
  const { url = '' } = request;
  if (url.charCodeAt(0) === SLASH) {
    return;
  }
  const [, authority, rest = ''] = ABSOLUTE.exec(url) ?? [];
  if (authority !== undefined) {
    request.headers.host = authority;
    request.url = rest.startsWith('/') ? rest : emptyPath(request.method, rest);
  }
}

/** What a request is about. */
export interface Target {
  /** Without the query. */
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
}

/** Takes a target in origin form apart. */
export function targetOf(text: string): Target {
  const query = text.indexOf('?');
  return query === -1
    ? { path: text, query: '' }
    : { path: text.slice(0, query), query: text.slice(query + 1) };
}

/** The path of a request, without its query. */
export function pathOf({ url = '' }: IncomingMessage): string {
  return targetOf(url).path;
}

/** OPTIONS without a path is about the server as a whole (RFC 9112, 3.2.4). */
function emptyPath(method: string | undefined, query: string): string {
  return method === 'OPTIONS' && query === '' ? '*' : `/${query}`;
}
