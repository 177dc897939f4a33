/** What every answer says: it is for one caller at one time. */
export const NO_STORE: Readonly<Record<string, string>> = Object.freeze({
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
});

/** The headers of an answer with a content type. */
export function typed(contentType: string): Readonly<Record<string, string>> {
  return Object.freeze({ ...NO_STORE, 'content-type': contentType });
}

/** The headers of a JSON answer. */
export const JSON_HEADERS: Readonly<Record<string, string>> = typed('application/json');

/**
 * Whether a header belongs to one connection, one encoding or the protocol beneath, and says nothing about a call
 * that goes on over another one.
 */
export function isOfTransport(name: string): boolean {
  return TRANSPORT.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
}

const TRANSPORT: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'connection',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'last-event-id',
  'origin',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
]);

const PREFIXES = ['grpc-', 'connect-', 'trailer-', 'sec-', 'access-control-', 'if-'];
