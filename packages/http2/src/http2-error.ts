import type { ErrorCode } from './error-code.ts';

/** Why a connection ended before its time. */
export class Http2Error extends Error {
  override readonly name = 'Http2Error';
  /** One of {@link ErrorCode} where we ended the connection; whatever the client sent where it did. */
  readonly code: ErrorCode | number;

  constructor(code: ErrorCode | number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
