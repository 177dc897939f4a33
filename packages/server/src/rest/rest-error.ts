import { Code } from '@connectrpc/connect';

/** One cause of an error, as REST clients get it. */
export interface RestErrorDetail {
  /** Path of the request field at fault, in the names of the proto file: `seat_ids[1]`. */
  readonly field?: string;
  /** Stable word in UPPER_SNAKE_CASE. */
  readonly reason?: string;
  /** What was found; never a secret. */
  readonly value?: string;
}

/** What an error of HTTP itself may carry. */
export interface RestErrorOptions {
  readonly details?: readonly RestErrorDetail[];
  /** Default: what the contract or google.rpc.Code says for `status`. */
  readonly httpStatus?: number;
  /** `error.code` where the contract has no word for it, e.g. `METHOD_NOT_ALLOWED`. */
  readonly restCode?: string;
  /** Response headers that belong to it, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a request could not be understood as a call of a method. */
export class RestError extends Error {
  override readonly name = 'RestError';
  /** Canonical status, as in google.rpc.Code. */
  readonly status: Code;
  readonly details: readonly RestErrorDetail[];
  readonly httpStatus: number | undefined;
  readonly restCode: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: Code, message: string, options: RestErrorOptions = {}) {
    super(message);
    this.status = status;
    this.details = options.details ?? [];
    this.httpStatus = options.httpStatus;
    this.restCode = options.restCode;
    this.headers = options.headers ?? {};
  }
}

/** A request that breaks a rule, with the one field at fault where there is one. */
export function invalid(message: string, detail?: RestErrorDetail): RestError {
  return new RestError(Code.InvalidArgument, message, { details: detail === undefined ? [] : [detail] });
}
