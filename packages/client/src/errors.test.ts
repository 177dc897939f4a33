import { isMessage } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { CreateReservationResponseSchema } from '@traffic-tacos/contracts/gateway/v1';
import { expect, expectTypeOf, test } from 'vitest';
import { isTacosError, TacosError, type TacosErrorCode, toTacosError } from './errors.ts';
import { openBoxOffice } from './testdata/box-office.ts';
import { errorOf } from './testdata/collect.ts';

test('a refused call throws the contract’s code, typed', async () => {
  const office = await openBoxOffice();
  const error = await errorOf(
    office.tacos.gateway.createReservation({ eventId: 'e', reservationToken: 'forged' }),
  );
  expect(error).toBeInstanceOf(TacosError);
  expect(error).toMatchObject({
    code: 'FAILED_PRECONDITION',
    status: Code.FailedPrecondition,
    retryable: false,
    traceId: 'trace-of-the-office',
    details: [{ field: 'reservation_token', reason: 'RESERVATION_TOKEN_MALFORMED' }],
  });
  expect(error.message).toContain('gateway.v1.GatewayService/CreateReservation: FAILED_PRECONDITION: ');
  expect(isMessage(error.response, CreateReservationResponseSchema)).toBe(true);
  expectTypeOf(error.code).toEqualTypeOf<TacosErrorCode>();
  expectTypeOf<'INVENTORY_CONFLICT' | 'CANCELLED'>().toExtend<TacosErrorCode>();
  expectTypeOf<'INVENTORY_CONFLICTS'>().not.toExtend<TacosErrorCode>();
});

test('a service that is not there is UNIMPLEMENTED', async () => {
  const office = await openBoxOffice();
  expect(await errorOf(office.tacos.admin.getSystemHealth({}))).toMatchObject({
    code: 'UNIMPLEMENTED',
    attempts: 1,
  });
});

test.each([
  [Code.DeadlineExceeded, 'TIMEOUT'],
  [Code.Unavailable, 'UNAVAILABLE'],
  [Code.ResourceExhausted, 'RATE_LIMITED'],
  [Code.PermissionDenied, 'FORBIDDEN'],
  [Code.Unauthenticated, 'UNAUTHENTICATED'],
  [Code.Internal, 'INTERNAL'],
  [Code.DataLoss, 'DATA_CORRUPTION'],
  [Code.NotFound, 'NOT_FOUND'],
  [Code.Canceled, 'CANCELLED'],
  // Nobody said that seats are taken.
  [Code.Aborted, 'ABORTED'],
])('a status %i without the platform’s error is %s', (status, code) => {
  expect(toTacosError(new ConnectError('', status)).code).toBe(code);
});

test('isTacosError tells codes apart', () => {
  const error: unknown = toTacosError(new ConnectError('', Code.NotFound));
  expect(isTacosError(error)).toBe(true);
  expect(isTacosError(error, 'NOT_FOUND')).toBe(true);
  expect(isTacosError(error, 'TIMEOUT')).toBe(false);
  expect(isTacosError(new Error('NOT_FOUND'))).toBe(false);
  if (isTacosError(error, 'NOT_FOUND')) {
    expectTypeOf(error.code).toEqualTypeOf<'NOT_FOUND'>();
  }
});
