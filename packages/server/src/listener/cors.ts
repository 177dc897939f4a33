import { cors as connectCors } from '@connectrpc/connect';
import { webOrigin } from './web-origin.ts';

/** What pages of other origins may do. */
export interface CorsOptions {
  /**
   * Origins as browsers send them, such as `https://app.example.com`, each compared as a whole; `*` alone is every
   * origin.
   */
  readonly origins: readonly string[];
  /**
   * Whether browsers may send cookies and client certificates of this server along. Not possible for every origin. Bearer
   * tokens do not need it. Default: `false`.
   */
  readonly credentials?: boolean | undefined;
  /** Further request headers that pages may set. */
  readonly requestHeaders?: readonly string[] | undefined;
  /**
   * Further response headers and trailers that pages may read. A name stands for the trailer, too, which Connect sends
   * as the header `trailer-<name>`.
   */
  readonly responseHeaders?: readonly string[] | undefined;
  /** Whether pages of public sites may call this server on a private network. Default: `false`. */
  readonly privateNetwork?: boolean | undefined;
}

/** What CORS adds to the answer of one request. */
export interface CorsAnswer {
  /** Status of the answer where the request was a browser's question, which nobody else is to see. */
  readonly preflight: 204 | 403 | undefined;
  /** Names in lower case and values, alternating. The same list for every request of an origin. */
  readonly fields: readonly string[];
}

/** What CORS has to say of a request, by four of its headers. Compares and looks up, no more. */
export type Cors = (
  /** `origin` */
  origin: string | undefined,
  /** HTTP method */
  method: string,
  /** `access-control-request-method` */
  requestMethod: string | undefined,
  /** `access-control-request-private-network` */
  requestPrivateNetwork?: string | undefined,
) => CorsAnswer;

/** HTTP methods of Connect and of REST. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Request headers of the runtime itself, and of server-sent events, beside those of the protocols. */
const OWN_REQUEST_HEADERS = [
  ...['Authorization', 'Accept', 'Idempotency-Key', 'Last-Event-ID', 'X-User-Agent'],
  ...['Traceparent', 'Tracestate', 'Baggage', 'Grpc-Timeout', 'X-Grpc-Web'],
  ...['Connect-Protocol-Version', 'Connect-Timeout-Ms'],
];
/** Response headers of the runtime itself, beside those of the protocols. */
const OWN_RESPONSE_HEADERS = [
  ...['X-Trace-Id', 'Idempotent-Replayed', 'Warning', 'Retry-After', 'WWW-Authenticate'],
  ...['Grpc-Status', 'Grpc-Message', 'Grpc-Status-Details-Bin'],
];
/** Seconds a browser remembers the answer; two hours is the most that Chromium does. */
const MAX_AGE_SECONDS = '7200';

const nothing: CorsAnswer = Object.freeze({ preflight: undefined, fields: [] });

/**
 * Compiles what is answered to whom.
 *
 * @throws Error that names what is no origin, and `*` together with other origins or credentials
 */
export function createCors(options: CorsOptions): Cors {
  const anyone = options.origins.includes('*');
  if (anyone && options.origins.length > 1) {
    throw new Error('cors.origins has "*" and others; expected "*" alone, or every origin by its name');
  }
  if (anyone && options.credentials === true) {
    throw new Error('cors.origins is "*" with credentials; expected every origin by its name');
  }
  const allowed = new Map(
    options.origins.map((origin) => {
      const value = anyone ? origin : webOrigin(origin);
      return [value, answersFor(value, options)] as const;
    }),
  );
  // What is answered to one origin must not be shown to another by a cache.
  const vary = anyone ? [] : ['vary', 'Origin'];
  const plain: CorsAnswer = { preflight: undefined, fields: vary };
  const refused: CorsAnswer = { preflight: 403, fields: vary };

  return (origin, method, requestMethod, requestPrivateNetwork) => {
    if (origin === undefined && method === 'POST') {
      // Nothing caches it, and no browser asked.
      return nothing;
    }
    const isPreflight = method === 'OPTIONS' && requestMethod !== undefined && origin !== undefined;
    const answers = allowed.get(anyone ? '*' : (origin ?? ''));
    if (answers === undefined) {
      return isPreflight ? refused : plain;
    }
    if (!isPreflight) {
      return answers.actual;
    }
    return requestPrivateNetwork === 'true' ? answers.privatePreflight : answers.preflight;
  };
}

function answersFor(origin: string, options: CorsOptions) {
  const allow = [
    ...['access-control-allow-origin', origin],
    ...(origin === '*' ? [] : ['vary', 'Origin']),
    ...(options.credentials === true ? ['access-control-allow-credentials', 'true'] : []),
  ];
  const requestHeaders = list(connectCors.allowedHeaders, OWN_REQUEST_HEADERS, options.requestHeaders ?? []);
  const preflight = [
    ...allow,
    ...['access-control-allow-methods', METHODS.join(', ')],
    ...['access-control-allow-headers', requestHeaders],
    ...['access-control-max-age', MAX_AGE_SECONDS],
  ];
  const further = (options.responseHeaders ?? []).flatMap((name) => [name, `Trailer-${name}`]);
  const exposed = list(connectCors.exposedHeaders, OWN_RESPONSE_HEADERS, further);
  const isOpen = options.privateNetwork === true;
  const privateNetwork = isOpen ? ['access-control-allow-private-network', 'true'] : [];
  return {
    actual: answer(undefined, [...allow, 'access-control-expose-headers', exposed]),
    preflight: answer(204, preflight),
    privatePreflight: answer(204, [...preflight, ...privateNetwork]),
  };
}

function answer(preflight: CorsAnswer['preflight'], fields: readonly string[]): CorsAnswer {
  return { preflight, fields };
}

/** Each name once, whatever its case. */
function list(...groups: readonly (readonly string[])[]): string {
  return [...new Map(groups.flat().map((name) => [name.toLowerCase(), name])).values()].join(', ');
}
