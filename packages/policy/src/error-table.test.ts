import { expect, test } from 'vitest';
import { ErrorKind, errorTable, restCodeOf } from './index.ts';
import { errorCodesWith } from './testdata/contract.ts';

const codes = errorCodesWith({
  ERROR_CODE_UNSPECIFIED: { kind: ErrorKind.FAILURE, status: 2, httpStatus: 500, restCode: 'UNKNOWN' },
  ERROR_CODE_LOST: {
    kind: ErrorKind.OUTCOME,
    status: 5,
    httpStatus: 410,
    restCode: 'GONE',
    restReasons: ['SOLD', 'STOLEN'],
    retryable: false,
  },
  ERROR_CODE_BUSY: {
    kind: ErrorKind.FAILURE,
    status: 14,
    httpStatus: 503,
    restCode: 'BUSY',
    retryable: true,
  },
  ERROR_CODE_NEW: undefined,
  ERROR_CODE_MISSING: { status: 5 },
  ERROR_CODE_PARTIAL: { kind: ErrorKind.UNSPECIFIED, status: 0 },
});

test('every code has a row', () => {
  expect(errorTable(codes).rows).toEqual([
    {
      number: 0,
      name: 'UNSPECIFIED',
      kind: ErrorKind.FAILURE,
      status: 2,
      httpStatus: 500,
      restCode: 'UNKNOWN',
      restReasons: [],
      retryable: false,
    },
    {
      number: 1,
      name: 'LOST',
      kind: ErrorKind.OUTCOME,
      status: 5,
      httpStatus: 410,
      restCode: 'GONE',
      restReasons: ['SOLD', 'STOLEN'],
      retryable: false,
    },
    {
      number: 2,
      name: 'BUSY',
      kind: ErrorKind.FAILURE,
      status: 14,
      httpStatus: 503,
      restCode: 'BUSY',
      restReasons: [],
      retryable: true,
    },
    {
      number: 3,
      name: 'NEW',
      kind: ErrorKind.FAILURE,
      status: 2,
      httpStatus: 500,
      restCode: 'NEW',
      restReasons: [],
      retryable: false,
    },
    {
      number: 4,
      name: 'MISSING',
      kind: ErrorKind.FAILURE,
      status: 5,
      httpStatus: 404,
      restCode: 'MISSING',
      restReasons: [],
      retryable: false,
    },
    {
      number: 5,
      name: 'PARTIAL',
      kind: ErrorKind.FAILURE,
      status: 0,
      httpStatus: 500,
      restCode: 'PARTIAL',
      restReasons: [],
      retryable: false,
    },
  ]);
});

test('a reason is the REST code where the row says so', () => {
  const lost = errorTable(codes).byNumber(1);

  expect(['STOLEN', 'BURNT', '', undefined].map((reason) => restCodeOf(lost, reason))).toEqual([
    'STOLEN',
    'GONE',
    'GONE',
    'GONE',
  ]);
});

test('rows are found by number and by name', () => {
  const table = errorTable(codes);

  for (const row of table.rows) {
    expect(table.byNumber(row.number)).toBe(row);
    expect(table.byName(row.name)).toBe(row);
  }
});

test('a number of a later version of the contract counts as the unspecified one', () => {
  const table = errorTable(codes);

  expect(table.byNumber(99)).toBe(table.byNumber(0));
  expect(table.byNumber(-1)).toBe(table.byNumber(0));
  expect(table.byName('ERROR_CODE_LOST')).toBeUndefined();
  expect(table.byName('toString')).toBeUndefined();
});

test('names without a shared prefix stay whole', () => {
  const table = errorTable(errorCodesWith({ NONE: undefined, LOST: undefined }));

  expect(table.rows.map((row) => row.name)).toEqual(['NONE', 'LOST']);
});

test('a table is read once', () => {
  expect(errorTable(codes)).toBe(errorTable(codes));
});
