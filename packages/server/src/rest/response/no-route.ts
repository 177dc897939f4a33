import { Code } from '@connectrpc/connect';
import type { RestResponse } from '../rest-call.ts';
import { RestError } from '../rest-error.ts';
import { NO_STORE } from './headers.ts';

/** 404: there is nothing at the path. */
export function noRoute(httpMethod: string, path: string): RestError {
  return new RestError(Code.NotFound, `${httpMethod} ${path} is not served here`, {
    httpStatus: 404,
    restCode: 'NOT_FOUND',
  });
}

/** 405: there is something at the path, for other HTTP methods. */
export function methodNotAllowed(httpMethod: string, path: string, allow: string): RestError {
  return new RestError(Code.Unimplemented, `${path} does not take ${httpMethod}; expected ${allow}`, {
    httpStatus: 405,
    restCode: 'METHOD_NOT_ALLOWED',
    headers: { allow },
  });
}

/** The answer to OPTIONS. */
export function optionsResponse(allow: string): RestResponse {
  return { status: 204, headers: { ...NO_STORE, allow }, body: undefined };
}
