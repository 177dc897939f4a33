import { Code } from '@connectrpc/connect';

/** One canonical status, as in google.rpc.Code. */
export interface Status {
  readonly code: Code;
  readonly name: string;
  readonly httpStatus: number;
  readonly retryable: boolean;
}

const rows: readonly (readonly [Code, string, number, boolean])[] = [
  [Code.Canceled, 'CANCELLED', 499, false],
  [Code.Unknown, 'UNKNOWN', 500, false],
  [Code.InvalidArgument, 'INVALID_ARGUMENT', 400, false],
  [Code.DeadlineExceeded, 'DEADLINE_EXCEEDED', 504, true],
  [Code.NotFound, 'NOT_FOUND', 404, false],
  [Code.AlreadyExists, 'ALREADY_EXISTS', 409, false],
  [Code.PermissionDenied, 'PERMISSION_DENIED', 403, false],
  [Code.ResourceExhausted, 'RESOURCE_EXHAUSTED', 429, true],
  [Code.FailedPrecondition, 'FAILED_PRECONDITION', 400, false],
  [Code.Aborted, 'ABORTED', 409, true],
  [Code.OutOfRange, 'OUT_OF_RANGE', 400, false],
  [Code.Unimplemented, 'UNIMPLEMENTED', 501, false],
  [Code.Internal, 'INTERNAL', 500, false],
  [Code.Unavailable, 'UNAVAILABLE', 503, true],
  [Code.DataLoss, 'DATA_LOSS', 500, false],
  [Code.Unauthenticated, 'UNAUTHENTICATED', 401, false],
];

/** The canonical statuses with the HTTP statuses that google.rpc.Code gives them. */
export const statuses: readonly Status[] = rows.map(([code, name, httpStatus, retryable]) => ({
  code,
  name,
  httpStatus,
  retryable,
}));

const byCode = new Map(statuses.map((status) => [status.code, status]));

/** The name of a canonical status, `UNKNOWN` for a number that is none. */
export function statusName(code: number): string {
  return byCode.get(code)?.name ?? 'UNKNOWN';
}
