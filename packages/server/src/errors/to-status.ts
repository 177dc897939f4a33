import { Code, ConnectError } from '@connectrpc/connect';
import { CallFailure } from './failure.ts';
import type { ErrorInfo, ErrorModel } from './model.ts';
import { OVERLOADED, type ResolvedCode, resolveCode, runtimeFailure } from './runtime-code.ts';
import { statusName } from './status.ts';

/** A failure as it leaves the server, and what the log is told about it. */
export interface StatusAnswer {
  readonly error: ConnectError;
  /** The contract's name of the code, or the status's. */
  readonly name: string;
  /** What was thrown, where it says more than the caller is told. */
  readonly cause: unknown;
  /** The call is one of too many; so are others at the same time. */
  readonly isOfLoad: boolean;
}

/** Turns whatever was thrown into a status. Only what was meant for the caller reaches it. */
export function toStatus(model: ErrorModel, reason: unknown, traceId: string): StatusAnswer {
  if (reason instanceof CallFailure) {
    const code = resolveCode(model, reason.code);
    return code === undefined
      ? unexpected(
          model,
          new Error(`No error code ${reason.code} in the contract's table`, { cause: reason }),
          traceId,
        )
      : ofFailure(model, reason, code, traceId);
  }
  if (reason instanceof ConnectError) {
    const told = statuses.get(reason);
    if (told !== undefined) {
      return told;
    }
    return ofConnectError(model, reason, traceId);
  }
  return unexpected(model, reason, traceId);
}

/**
 * The status for those who stand between a call and its caller. When it comes back unchanged, it is still known what
 * led to it.
 */
export function toStatusError(model: ErrorModel, reason: unknown, traceId: string): ConnectError {
  const status = toStatus(model, reason, traceId);
  statuses.set(status.error, status);
  return status.error;
}

const statuses = new WeakMap<ConnectError, StatusAnswer>();

function ofFailure(model: ErrorModel, failure: CallFailure, { row, status }: ResolvedCode, traceId: string) {
  const metadata = new Headers();
  if (failure.retryAfterMs !== undefined) {
    metadata.set('retry-after', retryAfter(failure.retryAfterMs));
  }
  if (status === Code.Unauthenticated) {
    metadata.set('www-authenticate', 'Bearer');
  }
  const info: ErrorInfo = { message: failure.message, traceId, details: failure.details };
  return {
    error: new ConnectError(failure.message, status, metadata, model.details(row, info)),
    name: row?.name ?? statusName(status),
    cause: failure.cause === undefined ? undefined : failure,
    isOfLoad: isOfLoad(failure),
  };
}

function ofConnectError(model: ErrorModel, thrown: ConnectError, traceId: string): StatusAnswer {
  // A handler may have put the contract's own error into it, which says more than the status.
  const [told] = model.message === undefined ? [] : thrown.findDetails(model.message);
  const row = told === undefined ? model.rowOfStatus(thrown.code) : model.rowIn(told);
  if (told !== undefined) {
    model.stamp(told, traceId);
  }
  const name = row?.name ?? statusName(thrown.code);
  const message = isCopied(thrown)
    ? `${name.toLowerCase().replaceAll('_', ' ')}, trace ${traceId}`
    : thrown.rawMessage;
  const error = new ConnectError(message, thrown.code, thrown.isWireError ? undefined : thrown.metadata);
  // A contract's own error goes with every status; without one, what a handler threw is complete as it is.
  const own = model.message === undefined ? [] : model.details(row, { message, traceId, details: [] });
  const present = new Set(
    thrown.details.map((detail) => ('desc' in detail ? detail.desc.typeName : detail.type)),
  );
  error.details = [...thrown.details, ...own.filter((detail) => !present.has(detail.desc.typeName))];
  return {
    error,
    name,
    cause: thrown.cause === undefined && !isFault(thrown.code) ? undefined : thrown,
    isOfLoad: false,
  };
}

/** Transports copy the message of a system error, with addresses and paths in it. */
function isCopied(thrown: ConnectError): boolean {
  return thrown.cause instanceof Error && thrown.cause.message === thrown.rawMessage;
}

function unexpected(model: ErrorModel, reason: unknown, traceId: string): StatusAnswer {
  const failure = runtimeFailure('INTERNAL', `internal error, trace ${traceId}`);
  const code = resolveCode(model, failure.code) ?? { row: undefined, status: Code.Internal };
  return { ...ofFailure(model, failure, code, traceId), cause: reason };
}

/** Whether a caller calls too often, or the server has no time for the call. */
function isOfLoad({ code, details, cause }: CallFailure): boolean {
  return (
    cause === undefined && (code === 'RATE_LIMITED' || details.some(({ reason }) => reason === OVERLOADED))
  );
}

/** Whether a status says that the server, not the caller, is at fault. */
export function isFault(code: Code): boolean {
  return code === Code.Internal || code === Code.Unknown || code === Code.DataLoss;
}

/** Milliseconds as whole seconds, at least one, as `retry-after` wants them. */
export function retryAfter(milliseconds: number): string {
  return String(Math.max(1, Math.ceil(milliseconds / 1000)));
}
