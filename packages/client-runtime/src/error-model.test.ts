import { create, isMessage } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { errorModel } from './error-model.ts';
import { isTacosError, TacosError } from './tacos-error.ts';
import {
  DepotService,
  GetDepotResponseSchema,
  ProblemCauseSchema,
  ProblemCode,
  ProblemCodeSchema,
  ProblemSchema,
  ShipResponseSchema,
} from './testdata/gen/parcel/v1/parcel_pb.js';
import { problem, problems } from './testdata/parcels.ts';

test('reads the error inside an answer with all it carries', () => {
  const answer = create(ShipResponseSchema, {
    error: {
      code: ProblemCode.ITEM_REFUSED,
      message: 'no animals',
      traceId: 'abc',
      details: [{ field: 'items[0]', reason: 'ALIVE', value: 'cat' }],
    },
  });
  expect(problems.ofAnswer(ShipResponseSchema, answer)).toEqual({
    code: 'ITEM_REFUSED',
    number: 2,
    status: Code.FailedPrecondition,
    retryable: false,
    rawMessage: 'no animals',
    traceId: 'abc',
    details: [{ field: 'items[0]', reason: 'ALIVE', value: 'cat' }],
  });
});

test('an answer without an error, or without a field for it, is none', () => {
  expect(
    problems.ofAnswer(ShipResponseSchema, create(ShipResponseSchema, { parcelId: 'p' })),
  ).toBeUndefined();
  expect(problems.ofAnswer(GetDepotResponseSchema, create(GetDepotResponseSchema))).toBeUndefined();
});

test('the table decides what is retryable, not the status', () => {
  const retryable = (code: ProblemCode, status: Code) => problems.ofStatus(problem(code, status)).retryable;
  expect(retryable(ProblemCode.NO_VAN, Code.Unavailable)).toBe(true);
  expect(retryable(ProblemCode.BANKRUPT, Code.Unavailable)).toBe(false);
  expect(retryable(ProblemCode.COLLISION, Code.Aborted)).toBe(true);
  expect(retryable(ProblemCode.WITHDRAWN, Code.Aborted)).toBe(false);
});

test('a code newer than this client keeps its number and goes by the status', () => {
  const found = problems.ofStatus(problem(77 as ProblemCode, Code.PermissionDenied));
  expect(found).toMatchObject({ code: 'PERMISSION_DENIED', number: 77, retryable: false, traceId: 'c0ffee' });
});

test.each([
  [Code.Unavailable, 'NO_VAN', 4, true],
  [Code.DeadlineExceeded, 'SLOW', 9, true],
  [Code.InvalidArgument, 'BAD_ADDRESS', 3, false],
  [Code.NotFound, 'NOT_FOUND', 1, false],
  // Without a time to wait a limit may be one that never passes, such as the size of a message.
  [Code.ResourceExhausted, 'TOO_MANY', 8, false],
  // Nobody decided that an item is refused, so the bare status keeps its own name.
  [Code.FailedPrecondition, 'FAILED_PRECONDITION', 0, false],
  [Code.Canceled, 'CANCELLED', 0, false],
  [Code.Unimplemented, 'UNIMPLEMENTED', 0, false],
  [Code.Unknown, 'UNKNOWN', 0, false],
] as const)('status %i without the contract’s error is %s', (status, code, number, retryable) => {
  const error = new ConnectError('bare', status);
  expect(problems.ofStatus(error)).toMatchObject({ code, number, status, retryable, rawMessage: 'bare' });
});

test('refuses a message that has no code of the enum', () => {
  expect(() => errorModel({ error: ProblemCauseSchema, codes: ProblemCodeSchema })).toThrow(
    'parcel.v1.ProblemCause: expected a field "code" of the enum parcel.v1.ProblemCode',
  );
  expect(() => errorModel({ error: ProblemSchema, codes: ProblemCodeSchema })).not.toThrow();
});

test('TacosError.from keeps its own kind and reads every other value', () => {
  const limited = new ConnectError('slow down', Code.ResourceExhausted, {
    'retry-after': '3',
    'x-trace-id': 't1',
  });
  const error = TacosError.from(limited, {
    errors: problems,
    method: DepotService.method.getDepot,
    attempts: 2,
  });
  expect(error).toMatchObject({
    name: 'TacosError',
    code: 'TOO_MANY',
    retryable: true,
    retryAfterMs: 3_000,
    traceId: 't1',
    cause: limited,
    message: 'parcel.v1.DepotService/GetDepot: TOO_MANY: slow down (2 attempts, trace t1)',
  });
  expect(TacosError.from(error)).toBe(error);
  expect(isTacosError(error)).toBe(true);

  const bug = new TypeError('x is not a function');
  expect(TacosError.from(bug)).toMatchObject({
    code: 'UNKNOWN',
    number: Code.Unknown,
    cause: bug,
    retryable: false,
  });
  expect(TacosError.from('text')).toMatchObject({ code: 'UNKNOWN', message: 'UNKNOWN: text' });
  expect(TacosError.from(new DOMException('stop', 'AbortError'))).toMatchObject({ code: 'CANCELLED' });
  expect(isTacosError(bug)).toBe(false);
  expect(isMessage(error.response)).toBe(false);
});
