import { Code } from '@connectrpc/connect';
import { compressionNames } from '../dispatch/compression.ts';
import { RestError } from '../rest/index.ts';

/** A body that is longer than it may be. */
export function tooLarge(maxBytes: number): RestError {
  return new RestError(Code.ResourceExhausted, `the request is longer than ${maxBytes} bytes`, {
    httpStatus: 413,
    restCode: 'CONTENT_TOO_LARGE',
  });
}

/** A body in an encoding that the server does not read; the answer names those it does. */
export function unsupportedEncoding(message: string): RestError {
  return new RestError(Code.InvalidArgument, message, {
    httpStatus: 415,
    restCode: 'UNSUPPORTED_MEDIA_TYPE',
    headers: { 'accept-encoding': compressionNames },
  });
}
