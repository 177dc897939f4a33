/** One cause of a failure. */
export interface FailureDetail {
  /** Path of the request field at fault, e.g. `seat_ids[1]`. */
  readonly field?: string;
  /** Stable word in UPPER_SNAKE_CASE that narrows the code down. */
  readonly reason?: string;
  /** What was found; never a secret. */
  readonly value?: string;
}

/** What a failure may carry beside code, message and details. */
export interface FailureOptions {
  /**
   * Fields of the answer that go along with an outcome, e.g. the books that are lent out. Dropped where the
   * failure becomes a status.
   */
  readonly answer?: object;
  /** What led to it; logged, never sent. */
  readonly cause?: unknown;
  /** When to ask again, in milliseconds; sent as `retry-after` in whole seconds. */
  readonly retryAfterMs?: number;
}

/** A failure in one object. */
export interface FailureInit extends FailureOptions {
  /** Number or name (without the enum's prefix) of an error code of the contract. */
  readonly code: number | string;
  /** One sentence for people. Sent to the caller as it is. */
  readonly message: string;
  readonly details?: readonly FailureDetail[];
}

/**
 * Why a handler does not do what it was asked to. How it reaches the caller is decided by the code's row in the
 * contract's error table: an outcome as a successful answer whose `error` is set, where the answer has such a
 * field; everything else as a status.
 */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly code: number | string;
  readonly details: readonly FailureDetail[];
  readonly answer: object | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(init: FailureInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.details = init.details ?? [];
    this.answer = init.answer;
    this.retryAfterMs = init.retryAfterMs;
  }
}

/** A failure to throw: `throw failure({ code: ErrorCode.NOT_FOUND, message: 'no such book' })`. */
export function failure(init: FailureInit): CallFailure {
  return new CallFailure(init);
}

/** A failure to throw, in short: `throw refuse('NOT_FOUND', 'no such book', [{ field: 'book_id', value: id }])`. */
export function refuse(
  code: number | string,
  message: string,
  details: readonly FailureDetail[] = [],
  options: FailureOptions = {},
): CallFailure {
  return new CallFailure({ ...options, code, message, details });
}
