import { ErrorCodeSchema } from '@traffic-tacos/contracts/common/v1';
import { ErrorKind, errorTable } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { messages, methods, nameOf, registry } from './testdata/contract.ts';

const OUTCOME = ErrorKind.OUTCOME;
const FAILURE = ErrorKind.FAILURE;

/** The numbers of google.rpc.Code. */
const UNKNOWN = 2;
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;
const ABORTED = 10;
const INTERNAL = 13;
const UNAVAILABLE = 14;
const DATA_LOSS = 15;
const UNAUTHENTICATED = 16;

type Row = readonly [number, string, ErrorKind, number, number, string, boolean, ...string[]];

/** number, name, kind, status, HTTP status, code over REST, whether the same call may succeed later, REST codes by reason */
const rows: readonly Row[] = [
  [0, 'UNSPECIFIED', FAILURE, UNKNOWN, 500, 'UNKNOWN', false],
  [1, 'UNAUTHENTICATED', FAILURE, UNAUTHENTICATED, 401, 'UNAUTHENTICATED', false],
  [2, 'FORBIDDEN', FAILURE, PERMISSION_DENIED, 403, 'FORBIDDEN', false],
  [3, 'UNAUTHORIZED', FAILURE, PERMISSION_DENIED, 403, 'UNAUTHORIZED', false],
  [4, 'INVALID_ARGUMENT', FAILURE, INVALID_ARGUMENT, 400, 'INVALID_ARGUMENT', false],
  [5, 'NOT_FOUND', OUTCOME, NOT_FOUND, 404, 'NOT_FOUND', false, 'RESERVATION_NOT_FOUND'],
  [6, 'ALREADY_EXISTS', OUTCOME, ALREADY_EXISTS, 409, 'ALREADY_EXISTS', false],
  [
    ...([7, 'FAILED_PRECONDITION', OUTCOME, FAILED_PRECONDITION, 409, 'FAILED_PRECONDITION', false] as const),
    'RESERVATION_ALREADY_CONFIRMED',
  ],
  [8, 'RATE_LIMITED', FAILURE, RESOURCE_EXHAUSTED, 429, 'RATE_LIMITED', true],
  [9, 'QUOTA_EXCEEDED', OUTCOME, FAILED_PRECONDITION, 409, 'QUOTA_EXCEEDED', false],
  [10, 'IDEMPOTENCY_REQUIRED', FAILURE, INVALID_ARGUMENT, 400, 'IDEMPOTENCY_REQUIRED', false],
  [11, 'IDEMPOTENCY_CONFLICT', OUTCOME, ALREADY_EXISTS, 409, 'IDEMPOTENCY_CONFLICT', false],
  [12, 'RESERVATION_EXPIRED', OUTCOME, FAILED_PRECONDITION, 410, 'RESERVATION_EXPIRED', false],
  [13, 'PAYMENT_NOT_APPROVED', OUTCOME, FAILED_PRECONDITION, 402, 'PAYMENT_NOT_APPROVED', false],
  // REST has its own name for it.
  [14, 'INVENTORY_CONFLICT', OUTCOME, ABORTED, 409, 'SEAT_UNAVAILABLE', false],
  [15, 'INSUFFICIENT_INVENTORY', OUTCOME, FAILED_PRECONDITION, 409, 'INSUFFICIENT_INVENTORY', false],
  [16, 'INTERNAL', FAILURE, INTERNAL, 500, 'INTERNAL', false],
  [17, 'UNAVAILABLE', FAILURE, UNAVAILABLE, 503, 'UNAVAILABLE', true],
  [18, 'TIMEOUT', FAILURE, DEADLINE_EXCEEDED, 504, 'TIMEOUT', true],
  [19, 'UPSTREAM_TIMEOUT', FAILURE, DEADLINE_EXCEEDED, 504, 'UPSTREAM_TIMEOUT', true],
  [
    ...([20, 'UPSTREAM_ERROR', FAILURE, UNAVAILABLE, 502, 'UPSTREAM_ERROR', true] as const),
    'CATALOG_SERVICE_ERROR',
    'INVENTORY_SERVICE_ERROR',
    'PAYMENT_SERVICE_ERROR',
    'RESERVATION_SERVICE_ERROR',
  ],
  [21, 'DATA_CORRUPTION', FAILURE, DATA_LOSS, 500, 'DATA_CORRUPTION', false],
  [22, 'CONCURRENT_MODIFICATION', OUTCOME, ABORTED, 409, 'CONCURRENT_MODIFICATION', true],
];

const codes = registry.getEnum('common.v1.ErrorCode');

test.each([
  ['the generated code', ErrorCodeSchema],
  ['the full descriptor', codes],
])('the table of error codes in %s', (_where, desc) => {
  if (desc === undefined) {
    throw new Error('common.v1.ErrorCode is not in the descriptor set');
  }

  expect(errorTable(desc).rows).toEqual(
    rows.map(([number, name, kind, status, httpStatus, restCode, retryable, ...restReasons]) => ({
      number,
      name,
      kind,
      status,
      httpStatus,
      restCode,
      restReasons,
      retryable,
    })),
  );
});

test('REST codes tell the codes apart', () => {
  const restCodes = errorTable(ErrorCodeSchema).rows.flatMap((row) => [row.restCode, ...row.restReasons]);

  expect(new Set(restCodes).size).toBe(restCodes.length);
});

test('a code that may pass by itself has a status that clients of every language try again', () => {
  const statuses = errorTable(ErrorCodeSchema)
    .rows.filter((row) => row.retryable)
    .map((row) => row.status);

  expect(new Set(statuses)).toEqual(new Set([RESOURCE_EXHAUSTED, UNAVAILABLE, DEADLINE_EXCEEDED, ABORTED]));
});

test('every unary answer can carry an outcome', () => {
  const without = methods
    .filter(({ methodKind }) => methodKind === 'unary')
    .filter(({ output }) => output.fields.every((field) => field.message?.typeName !== 'common.v1.Error'));

  expect(without.map(nameOf)).toEqual([]);
});

test('an error in an answer is the field error', () => {
  const others = messages
    .flatMap((message) => message.fields)
    .filter((field) => field.message?.typeName === 'common.v1.Error' && field.name !== 'error');

  expect(others.map((field) => `${field.parent.typeName}.${field.name}`)).toEqual([]);
});
