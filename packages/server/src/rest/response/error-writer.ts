import type { RestCall, RestResponse } from '../rest-call.ts';
import type { ErrorParts } from './error-parts.ts';
import { JSON_HEADERS } from './headers.ts';

/** The members of an error answer, without the braces, so that others can stand beside it. */
export function errorMember(parts: ErrorParts, call: RestCall): string {
  const { code, message, details } = parts;
  const traceId = parts.traceId ?? call.traceId;
  const timestamp = new Date(call.now).toISOString();
  return `"error":${JSON.stringify({ code, message, timestamp, path: call.path, traceId, details })}`;
}

/**
 * An error as an answer.
 *
 * @param beside - the members of a JSON object that go along with it, empty for none
 */
export function errorResponse(parts: ErrorParts, call: RestCall, beside = ''): RestResponse {
  const member = errorMember(parts, call);
  return {
    status: parts.httpStatus,
    headers: headersOf(parts),
    body: beside === '' ? `{${member}}` : `{${member},${beside}}`,
  };
}

/** Most errors share their headers. */
function headersOf(parts: ErrorParts): Readonly<Record<string, string>> {
  const more = Object.fromEntries(parts.headers);
  if (parts.httpStatus === 401) {
    more['www-authenticate'] ??= 'Bearer';
  }
  return Object.keys(more).length === 0 ? JSON_HEADERS : { ...JSON_HEADERS, ...more };
}
