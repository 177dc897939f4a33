import { isVisible } from './field-rules.ts';

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
/**
 * For each character of ASCII whether a host may have it: not what ends it in a URL, nor what ends a user name, which
 * RFC 9113 forbids.
 */
const isOfAuthority = Array.from(
  { length: 128 },
  (_, unit) => isVisible(unit) && !'@/?#\\'.includes(String.fromCharCode(unit)),
);
const SLASH = 0x2f;
/** What a fragment begins with. */
const HASH = 0x23;

/** What is wrong with the control data of a request; `undefined`: nothing. */
export function problemOfPseudoFields(fields: PseudoFields, takesConnect: boolean): string | undefined {
  const { method, scheme, authority, path, protocol } = fields;
  if (method === undefined || !(method === 'POST' || method === 'GET' || TOKEN.test(method))) {
    return ':method is missing or no method';
  }
  if (authority === undefined || !isAuthority(authority)) {
    return ':authority is missing, with no host in its place, or it is no host';
  }
  if (protocol !== undefined && (!takesConnect || method !== 'CONNECT' || !TOKEN.test(protocol))) {
    return 'the request has :protocol, which is for extended CONNECT alone, where the server takes that';
  }
  if (method === 'CONNECT' && protocol === undefined) {
    return scheme === undefined && path === undefined ? undefined : 'CONNECT has :scheme or :path';
  }
  if (scheme === undefined || !(scheme === 'http' || scheme === 'https' || SCHEME.test(scheme))) {
    return ':scheme is missing or no scheme';
  }
  if (path === undefined || !(isPath(path) || (path === '*' && method === 'OPTIONS'))) {
    return ':path is missing or no path';
  }
  return undefined;
}

function isAuthority(authority: string): boolean {
  for (let at = 0; at < authority.length; at++) {
    if (isOfAuthority[authority.charCodeAt(at)] !== true) {
      return false;
    }
  }
  return authority !== '';
}

/** Whether it is the path of a URL, with its query, without a fragment. */
function isPath(path: string): boolean {
  for (let at = 0; at < path.length; at++) {
    const unit = path.charCodeAt(at);
    if (!isVisible(unit) || unit === HASH) {
      return false;
    }
  }
  return path.charCodeAt(0) === SLASH;
}
