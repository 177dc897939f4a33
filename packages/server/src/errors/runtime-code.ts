import { Code } from '@connectrpc/connect';
import type { ErrorRow } from '@traffic-tacos/policy';
import { CallFailure, type FailureDetail, type FailureOptions } from './failure.ts';
import type { ErrorModel } from './model.ts';

/** What the runtime itself refuses a call for, with the status used where a contract has no such code. */
const fallback = {
  UNAUTHENTICATED: Code.Unauthenticated,
  FORBIDDEN: Code.PermissionDenied,
  UNAUTHORIZED: Code.PermissionDenied,
  INVALID_ARGUMENT: Code.InvalidArgument,
  MESSAGE_TOO_LARGE: Code.ResourceExhausted,
  NOT_FOUND: Code.NotFound,
  IDEMPOTENCY_REQUIRED: Code.InvalidArgument,
  IDEMPOTENCY_CONFLICT: Code.AlreadyExists,
  TIMEOUT: Code.DeadlineExceeded,
  CANCELLED: Code.Canceled,
  RATE_LIMITED: Code.ResourceExhausted,
  UNAVAILABLE: Code.Unavailable,
  UNIMPLEMENTED: Code.Unimplemented,
  INTERNAL: Code.Internal,
} as const satisfies Record<string, Code>;

/** A code of the runtime's own. */
export type RuntimeCode = keyof typeof fallback;

/** The status of a code where a contract has no such code. */
export function statusOfRuntimeCode(code: RuntimeCode): Code {
  return fallback[code];
}

/** How one code of a failure looks in a contract; without `row` the contract has nothing for it. */
export interface ResolvedCode {
  readonly row: ErrorRow | undefined;
  readonly status: Code;
}

/** A failure that the runtime itself found. */
export function runtimeFailure(
  code: RuntimeCode,
  message: string,
  details: readonly FailureDetail[] = [],
  options: FailureOptions = {},
): CallFailure {
  return new CallFailure({ ...options, code, message, details });
}

/** The reason of a call that a server has no time for. */
export const OVERLOADED = 'OVERLOADED';

/** Milliseconds after which the bodies that crowd a server are likely to have arrived. */
const CROWDED_MS = 1000;

/** What the caller of such a request is told. */
export const CROWDED_OUT = 'the server waits for the rest of too many requests; ask again later';

/** Refuses a request whose body is one too many of those that have not arrived. */
export function crowdedOut(): CallFailure {
  return runtimeFailure('RATE_LIMITED', CROWDED_OUT, [{ reason: 'TOO_MUCH_UNFINISHED' }], {
    retryAfterMs: CROWDED_MS,
  });
}

/**
 * Finds a failure's code in the contract's table: by number or name, and the runtime's own codes, which a
 * contract need not have, by their status. `undefined` for a code that neither knows.
 */
export function resolveCode(model: ErrorModel, code: number | string): ResolvedCode | undefined {
  const row = model.row(code);
  if (row !== undefined) {
    return { row, status: row.status };
  }
  if (typeof code === 'string' && Object.hasOwn(fallback, code)) {
    const status = fallback[code as RuntimeCode];
    // A contract's row for exhausted resources is about rates: it would tell the caller to try again.
    const row = code === 'MESSAGE_TOO_LARGE' ? model.row('INVALID_ARGUMENT') : model.rowOfStatus(status);
    return { row, status };
  }
  return undefined;
}
