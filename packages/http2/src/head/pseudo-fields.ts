/** The control data of a request (RFC 9113, 8.3.1; RFC 8441, 4), as it was found. */
export interface PseudoFields {
  method: string | undefined;
  scheme: string | undefined;
  /** From `host` where `:authority` is missing. */
  authority: string | undefined;
  path: string | undefined;
  protocol: string | undefined;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+\-.]*$/;
/** Without user names, which RFC 9113 forbids, and without what would end it in a URL. */
const AUTHORITY = /^[!-~]+$/;
const NOT_IN_AUTHORITY = /[@/?#\\]/;
/** Of a URL, with its query, without a fragment. */
const PATH = /^\/[!"$-~\x80-\xff]*$/;

/** What is wrong with the control data of a request; `undefined`: nothing. */
export function problemOfPseudoFields(fields: PseudoFields, takesConnect: boolean): string | undefined {
  const { method, scheme, authority, path, protocol } = fields;
  if (method === undefined || !TOKEN.test(method)) {
    return ':method is missing or no method';
  }
  if (authority === undefined || !AUTHORITY.test(authority) || NOT_IN_AUTHORITY.test(authority)) {
    return ':authority is missing, with no host in its place, or it is no host';
  }
  if (protocol !== undefined && (!takesConnect || method !== 'CONNECT' || !TOKEN.test(protocol))) {
    return 'the request has :protocol, which is for extended CONNECT alone, where the server takes that';
  }
  if (method === 'CONNECT' && protocol === undefined) {
    return scheme === undefined && path === undefined ? undefined : 'CONNECT has :scheme or :path';
  }
  if (scheme === undefined || !SCHEME.test(scheme)) {
    return ':scheme is missing or no scheme';
  }
  if (path === undefined || !(PATH.test(path) || (path === '*' && method === 'OPTIONS'))) {
    return ':path is missing or no path';
  }
  return undefined;
}
