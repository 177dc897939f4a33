/** How answers are made safe to look at in a browser. */
export interface SecurityHeaderOptions {
  /** Whether answers leave over TLS. Only then HSTS has a meaning. */
  readonly tls: boolean;
  /**
   * Seconds for which browsers come back over TLS only, subdomains included; 0: not at all. Default: two years, what
   * browsers' preload lists ask for.
   */
  readonly hstsMaxAgeSeconds?: number | undefined;
}

/** A header's name, in lower case, and its value. */
export type HeaderPair = readonly [name: string, value: string];

/** Headers made once, in the forms that engines want. */
export interface HeaderSet {
  /** One pair for each header. */
  readonly pairs: readonly HeaderPair[];
  /** Names and values in turn, as `writeHead` of `node:http` takes them. */
  readonly flat: readonly string[];
  /** By name, as `respond` of `node:http2` takes them; to be spread or assigned, not changed. */
  readonly record: Readonly<Record<string, string>>;
}

/** What goes with the answers of a server. gRPC's own (`application/grpc…`) get none of it: no browser shows them. */
export interface SecurityHeaders {
  /** For every answer that is data. */
  readonly api: HeaderSet;
  /** For the page that shows the API: scripts and styles from this server only. */
  readonly page: HeaderSet;
}

/** Goes with answers that say nothing else about being kept: they may be for one caller only. */
export const NO_STORE: HeaderPair = ['cache-control', 'no-store'];

const TWO_YEARS = 63_072_000;

/** Nothing of an answer that is data may be run, shown or framed. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Pages that browse APIs set styles on their elements, and show images that they carry in themselves. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The headers that every HTTP answer carries.
 *
 * @throws RangeError for a time that is no whole number of seconds
 */
export function securityHeaders({
  tls,
  hstsMaxAgeSeconds = TWO_YEARS,
}: SecurityHeaderOptions): SecurityHeaders {
  if (!(Number.isSafeInteger(hstsMaxAgeSeconds) && hstsMaxAgeSeconds >= 0)) {
    throw new RangeError(
      `hstsMaxAgeSeconds is ${hstsMaxAgeSeconds}; expected a whole number of seconds, 0 or more`,
    );
  }
  const common: HeaderPair[] = [
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    ['referrer-policy', 'no-referrer'],
  ];
  if (tls && hstsMaxAgeSeconds > 0) {
    common.push(['strict-transport-security', `max-age=${hstsMaxAgeSeconds}; includeSubDomains`]);
  }
  return {
    api: headerSet([...common, ['content-security-policy', API_POLICY]]),
    page: headerSet([...common, ['content-security-policy', PAGE_POLICY]]),
  };
}

/** Whether an answer of this type carries security headers. */
export function wantsSecurityHeaders(contentType: string): boolean {
  // gRPC-Web is read by scripts of pages, but never shown by itself.
  return !contentType.startsWith('application/grpc');
}

function headerSet(pairs: readonly HeaderPair[]): HeaderSet {
  return Object.freeze({
    pairs: Object.freeze(pairs),
    flat: Object.freeze(pairs.flat()),
    record: Object.freeze(Object.fromEntries(pairs)),
  });
}
