import type { DescMethod, Message } from '@bufbuild/protobuf';
import { type Code, ConnectError } from '@connectrpc/connect';
import { type ErrorModel, statusErrors } from './error-model.ts';
import { retryAfterMs } from './retry-after.ts';

/** One cause of an error, as the server reported it. */
export interface ErrorCause {
  /** Path of the request field at fault, in snake_case; empty where no single field is. */
  readonly field: string;
  /** Stable word that narrows the code down. */
  readonly reason: string;
  /** What was found; empty when not given. */
  readonly value: string;
}

/** What a {@link TacosError} is made of. */
export interface TacosErrorInit<C extends string = string> {
  readonly code: C;
  readonly number: number;
  readonly status: Code;
  readonly retryable: boolean;
  /** One sentence for people. */
  readonly rawMessage: string;
  readonly traceId?: string;
  readonly details?: readonly ErrorCause[];
  readonly retryAfterMs?: number | undefined;
  /** The method that was called. */
  readonly method?: DescMethod | undefined;
  readonly attempts?: number;
  readonly response?: Message;
  readonly cause?: unknown;
}

/** Where an error came from. */
export interface ErrorContext {
  /** Reads the contract's own error; {@link statusErrors} by default. */
  readonly errors?: ErrorModel;
  /** The method that was called. */
  readonly method?: DescMethod;
  /** Calls sent to the server so far. */
  readonly attempts?: number;
}

/**
 * The one error that calls throw, whether the server refused an understood request (an outcome: the answer itself
 * carries the error) or the call failed (a status).
 */
export class TacosError<C extends string = string> extends Error {
  override readonly name = 'TacosError';
  /**
   * The contract's error code without its prefix, e.g. `INVENTORY_CONFLICT`. A status that the contract has no
   * code for keeps its canonical name, e.g. `CANCELLED` or `UNIMPLEMENTED`.
   */
  readonly code: C;
  /** The contract's number of the code; 0 where it has none. */
  readonly number: number;
  /** Canonical status. */
  readonly status: Code;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
  /** What happened, without the method and the code that `message` begins with. */
  readonly rawMessage: string;
  /** Finds the call in the server's log and traces; empty when no server answered. */
  readonly traceId: string;
  /** The single causes; may be empty. */
  readonly details: readonly ErrorCause[];
  /** Milliseconds to wait before another try, where the server or the circuit breaker said so. */
  readonly retryAfterMs: number | undefined;
  /** Calls sent to the server; 0 when none was. */
  readonly attempts: number;
  /**
   * The answer that carries the error, for outcomes: it may hold more than the error, such as the seats that are
   * taken. `isMessage(error.response, SomeResponseSchema)` of `@bufbuild/protobuf` gives it its type.
   */
  readonly response: Message | undefined;

  constructor(init: TacosErrorInit<C>) {
    super(describe(init), init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.number = init.number;
    this.status = init.status;
    this.retryable = init.retryable;
    this.rawMessage = init.rawMessage;
    this.traceId = init.traceId ?? '';
    this.details = init.details ?? [];
    this.retryAfterMs = init.retryAfterMs;
    this.attempts = init.attempts ?? 0;
    this.response = init.response;
  }

  /**
   * Any caught value as a TacosError: one of its kind stays as it is, a ConnectError is read with the contract's
   * error model, everything else becomes UNKNOWN (an abort: CANCELLED) with the value as `cause`.
   */
  static from(reason: unknown, context: ErrorContext = {}): TacosError {
    if (isTacosError(reason)) {
      return reason;
    }
    const error = ConnectError.from(reason);
    const found = (context.errors ?? statusErrors).ofStatus(error);
    return new TacosError({
      ...found,
      traceId: found.traceId || traceIdOf(error.metadata),
      retryAfterMs: retryAfterMs(error.metadata),
      method: context.method,
      attempts: context.attempts ?? 0,
      cause: reason,
    });
  }
}

/** Whether a caught value is a TacosError, also one of another copy of this package. */
export function isTacosError(reason: unknown): reason is TacosError {
  return reason instanceof Error && reason.name === 'TacosError';
}

/** The trace id that servers of the platform send with every answer. */
export function traceIdOf(metadata: Headers): string {
  return metadata.get('x-trace-id') ?? '';
}

function describe(init: TacosErrorInit): string {
  const where = init.method ? `${init.method.parent.typeName}/${init.method.name}: ` : '';
  const notes = [
    ...((init.attempts ?? 0) > 1 ? [`${init.attempts} attempts`] : []),
    ...(init.traceId ? [`trace ${init.traceId}`] : []),
  ];
  const message = init.rawMessage ? `: ${init.rawMessage}` : '';
  return `${where}${init.code}${message}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}
