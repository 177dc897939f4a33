import type { Code } from '@connectrpc/connect';

// In the order of google.rpc.Code, from 1; connect's Code has the same numbers.
const names = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** Name of a canonical status, as google.rpc.Code spells it. */
export type StatusName = (typeof names)[number];

/** The canonical name of a status. */
export function statusName(status: Code): StatusName {
  return names[status - 1] ?? 'UNKNOWN';
}
