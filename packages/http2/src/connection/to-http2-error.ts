import { ErrorCode } from '../error-code.ts';
import { HpackError } from '../hpack/index.ts';
import { Http2Error } from '../http2-error.ts';

/** What went wrong while frames were handled. A mistake of the program, not of the client, is the cause of the error. */
export function toHttp2Error(reason: unknown): Http2Error {
  if (reason instanceof Http2Error) {
    return reason;
  }
  if (reason instanceof HpackError) {
    return new Http2Error(ErrorCode.COMPRESSION_ERROR, reason.message);
  }
  return new Http2Error(ErrorCode.INTERNAL_ERROR, 'the server failed', { cause: reason });
}
