import type { ErrorCode } from './error-code.ts';

/** Why a connection ended before its time. */
export class Http2Error extends Error {
  override readonly name = 'Http2Error';
  /** What the client was told; INTERNAL_ERROR where the socket, or a handler, has failed, which is the `cause` then. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
