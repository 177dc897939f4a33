import { scrub } from './scrub.ts';

/** Causes of causes that are followed. */
const MAX_DEPTH = 5;
/** Errors of an AggregateError that are shown. */
const MAX_ERRORS = 10;

/** An exception as the log shows it. */
export interface ErrorEntry {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: ErrorEntry;
  readonly errors?: readonly ErrorEntry[];
}

/**
 * What the log is told of something that was thrown: type, message, stack, code and causes, without what looks like a
 * secret. Its other properties stay out: they may be requests with their headers.
 */
export function errorEntry(thrown: unknown, depth = 0): ErrorEntry {
  if (!(thrown instanceof Error)) {
    return { type: typeof thrown, message: scrub(describe(thrown)) };
  }
  const { code } = thrown as { code?: unknown };
  const deeper = depth < MAX_DEPTH;
  return {
    type: thrown.name,
    message: scrub(thrown.message),
    ...(thrown.stack === undefined ? {} : { stack: scrub(thrown.stack) }),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(deeper && thrown.cause !== undefined ? { cause: errorEntry(thrown.cause, depth + 1) } : {}),
    ...(deeper && thrown instanceof AggregateError
      ? { errors: thrown.errors.slice(0, MAX_ERRORS).map((error) => errorEntry(error, depth + 1)) }
      : {}),
  };
}

/** What is no error is shown by its kind: an object may be a request. */
function describe(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null
    ? Object.prototype.toString.call(thrown)
    : String(thrown);
}
