import { cors as connectCors } from '@connectrpc/connect';
import type { CorsOptions } from '../options.ts';
import type { HttpRequest, HttpResponse } from './http-types.ts';

/** Request headers of the runtime itself, beside those of the protocols. */
const OWN_REQUEST_HEADERS = ['Authorization', 'Traceparent', 'Tracestate', 'Idempotency-Key'];
/** Response headers of the runtime itself, beside those of the protocols. */
const OWN_RESPONSE_HEADERS = ['X-Trace-Id', 'Idempotent-Replayed', 'Warning', 'Retry-After'];
/** Seconds a browser remembers the answer; two hours is the most that Chromium does. */
const MAX_AGE_SECONDS = 7200;

/** Answers browsers' questions. Gives `true` back when the request was one and is answered. */
export type CorsHandler = (request: HttpRequest, response: HttpResponse) => boolean;

/** Lets pages of the listed origins read answers. Cookies and the like are never let in. */
export function corsHandler({ origins }: CorsOptions): CorsHandler {
  const allowed = new Set(origins);
  const anyone = allowed.has('*');
  const requestHeaders = [...connectCors.allowedHeaders, ...OWN_REQUEST_HEADERS].join(', ');
  const responseHeaders = [...connectCors.exposedHeaders, ...OWN_RESPONSE_HEADERS].join(', ');
  const methods = connectCors.allowedMethods.join(', ');

  return (request, response) => {
    const { origin } = request.headers;
    if (!anyone) {
      response.setHeader('vary', 'Origin');
    }
    if (typeof origin !== 'string' || !(anyone || allowed.has(origin))) {
      return false;
    }
    response.setHeader('access-control-allow-origin', anyone ? '*' : origin);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      response.setHeader('access-control-expose-headers', responseHeaders);
      return false;
    }
    response.writeHead(204, {
      'access-control-allow-methods': methods,
      'access-control-allow-headers': requestHeaders,
      'access-control-max-age': MAX_AGE_SECONDS,
    });
    response.end('');
    return true;
  };
}
