import { create } from '@bufbuild/protobuf';
import { type CallOptions, Code, ConnectError } from '@connectrpc/connect';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import { type Payment, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import {
  PaymentResultType,
  ProcessingStatus,
  type ProcessPaymentResultRequest,
  type ProcessPaymentResultResponse,
  ProcessPaymentResultResponseSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import { refuse } from '@traffic-tacos/server';
import { seatMessages } from '../reservation/messages.ts';
import { reservationTable } from '../reservation/tables.ts';
import { answered, refusalOf } from '../shared/answered.ts';
import { moneyText } from '../shared/money.ts';
import { timestampOf } from '../shared/time.ts';
import type { WorkerDeps } from './deps.ts';

/** What a payment's state must be for the result to be believed. */
const EXPECTED: Readonly<Partial<Record<PaymentResultType, readonly PaymentStatus[]>>> = {
  [PaymentResultType.APPROVED]: [PaymentStatus.COMPLETED, PaymentStatus.REFUNDED],
  [PaymentResultType.FAILED]: [PaymentStatus.FAILED],
  [PaymentResultType.CANCELLED]: [PaymentStatus.CANCELLED],
  [PaymentResultType.TIMEOUT]: [PaymentStatus.FAILED, PaymentStatus.EXPIRED],
};

/** Draws the consequence of a payment's result: an approved one confirms its reservation or is refunded. */
export async function processPaymentResult(
  deps: WorkerDeps,
  request: ProcessPaymentResultRequest,
  nested: CallOptions,
): Promise<ProcessPaymentResultResponse> {
  if (request.resultType === PaymentResultType.REFUNDED) {
    throw new ConnectError(
      'result_type: this server does not put refunded seats back on sale',
      Code.Unimplemented,
    );
  }
  const confirmed = await confirmedAlready(deps, request);
  if (confirmed !== undefined) {
    return done(deps, ProcessingStatus.SUCCESS, confirmed);
  }
  const payment = await believedPayment(deps, request, nested);
  if (request.resultType !== PaymentResultType.APPROVED || payment.status === PaymentStatus.REFUNDED) {
    // A payment that did not succeed leaves the hold to its buyer, who may pay another way.
    return done(deps, ProcessingStatus.SKIPPED, {});
  }
  const confirmation = await deps.reservations.confirmReservation(
    {
      reservationId: request.reservationId,
      paymentIntentId: request.paymentIntentId,
      idempotencyKey: `${request.reservationId}/confirm/${request.paymentIntentId}`,
    },
    nested,
  );
  if (confirmation.error === undefined) {
    return done(deps, ProcessingStatus.SUCCESS, {
      orderId: confirmation.orderId,
      affectedSeats: confirmation.confirmedSeats,
    });
  }
  if (!boughtNothing(confirmation.error.code)) {
    throw refusalOf(confirmation.error);
  }
  answered(
    await deps.payments.cancelPayment(
      {
        paymentIntentId: request.paymentIntentId,
        reason: confirmation.error.message,
        idempotencyKey: `${request.reservationId}/refund/${request.paymentIntentId}`,
      },
      nested,
    ),
  );
  return done(deps, ProcessingStatus.SUCCESS, { nextAction: 'Refunded in full: the payment came too late.' });
}

/** The order of a reservation that this payment has confirmed: nearly every buyer is faster than the event. */
async function confirmedAlready(
  deps: WorkerDeps,
  request: ProcessPaymentResultRequest,
): Promise<Pick<ProcessPaymentResultResponse, 'orderId' | 'affectedSeats'> | undefined> {
  const reservation = (await deps.store.get(reservationTable, request.reservationId))?.value;
  const isConfirmed =
    request.resultType === PaymentResultType.APPROVED &&
    reservation?.state === 'CONFIRMED' &&
    reservation.paymentIntentId === request.paymentIntentId;
  return isConfirmed
    ? { orderId: reservation.orderId ?? '', affectedSeats: seatMessages(reservation, 'CONFIRMED') }
    : undefined;
}

/**
 * Whether the inventory has said for good that the payment bought no seats: the hold has lapsed, was released or
 * sold with another payment, or part of it was given back.
 */
function boughtNothing(code: ErrorCode): boolean {
  return (
    code === ErrorCode.RESERVATION_EXPIRED ||
    code === ErrorCode.FAILED_PRECONDITION ||
    code === ErrorCode.INVENTORY_CONFLICT
  );
}

/** The payment's own record, which bears the event out. */
async function believedPayment(
  deps: WorkerDeps,
  request: ProcessPaymentResultRequest,
  nested: CallOptions,
): Promise<Payment> {
  const { payment } = answered(
    await deps.payments.getPaymentStatus({ paymentIntentId: request.paymentIntentId }, nested),
  );
  if (payment === undefined || payment.reservationId !== request.reservationId) {
    throw refuse(
      'NOT_FOUND',
      `payment intent "${request.paymentIntentId}" does not belong to reservation "${request.reservationId}"`,
      [{ field: 'payment_intent_id', reason: 'PAYMENT_NOT_FOUND', value: request.paymentIntentId }],
    );
  }
  const told = request.eventData?.amount;
  const { amount, status } = payment;
  if (!EXPECTED[request.resultType]?.includes(status)) {
    const state = PaymentStatus[status] ?? '';
    throw refuse(
      'PAYMENT_NOT_APPROVED',
      `the payment is ${state.toLowerCase()}, which the event does not say`,
      [
        {
          field: 'result_type',
          reason: `PAYMENT_${state}`,
          value: PaymentResultType[request.resultType] ?? '',
        },
      ],
    );
  }
  if (told !== undefined && (told.amount !== amount?.amount || told.currency !== amount.currency)) {
    throw refuse(
      'PAYMENT_NOT_APPROVED',
      `the event says ${moneyText(told)}, the payment's record says otherwise`,
      [{ field: 'event_data.amount', reason: 'PAYMENT_AMOUNT', value: moneyText(told) }],
    );
  }
  return payment;
}

function done(
  deps: WorkerDeps,
  status: ProcessingStatus,
  rest: Partial<Pick<ProcessPaymentResultResponse, 'orderId' | 'affectedSeats' | 'nextAction'>>,
): ProcessPaymentResultResponse {
  return create(ProcessPaymentResultResponseSchema, {
    status,
    processedAt: timestampOf(deps.clock()),
    ...rest,
  });
}
