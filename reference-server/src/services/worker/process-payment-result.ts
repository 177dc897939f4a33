import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import type { Money } from '@traffic-tacos/contracts/common/v1';
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
import { boughtNothing } from '../shared/bought-nothing.ts';
import { moneyText } from '../shared/money.ts';
import { timestampOf } from '../shared/time.ts';
import type { WorkerDeps } from './deps.ts';
import { fullRefund } from './full-refund.ts';
import { returnRefundedSeats } from './return-refunded-seats.ts';

/** States of a payment that has been paid, since or in spite of what else was told of it. */
const PAID = [PaymentStatus.COMPLETED, PaymentStatus.REFUNDED];

/** What a payment's state must be for the result to be believed. */
const EXPECTED: Readonly<Partial<Record<PaymentResultType, readonly PaymentStatus[]>>> = {
  [PaymentResultType.APPROVED]: PAID,
  [PaymentResultType.FAILED]: [PaymentStatus.FAILED, ...PAID],
  [PaymentResultType.CANCELLED]: [PaymentStatus.CANCELLED, ...PAID],
  [PaymentResultType.REFUNDED]: [PaymentStatus.REFUNDED],
  [PaymentResultType.TIMEOUT]: [PaymentStatus.FAILED, PaymentStatus.EXPIRED, ...PAID],
};

/**
 * Draws the consequence of a payment's result: an approved one confirms its reservation or is refunded; a refunded
 * one gives up its seats.
 */
export async function processPaymentResult(
  deps: WorkerDeps,
  request: ProcessPaymentResultRequest,
  nested: CallOptions,
): Promise<ProcessPaymentResultResponse> {
  const confirmed = await confirmedAlready(deps, request);
  if (confirmed !== undefined) {
    return done(deps, ProcessingStatus.SUCCESS, confirmed);
  }
  const payment = await believedPayment(deps, request, nested);
  if (request.resultType === PaymentResultType.REFUNDED) {
    const { reservationId, paymentIntentId } = request;
    const refunded = { reservationId, paymentIntentId, refundId: 'rest', seatIds: undefined };
    const affectedSeats = [...(await returnRefundedSeats(deps, refunded, nested))];
    const status = affectedSeats.length > 0 ? ProcessingStatus.SUCCESS : ProcessingStatus.SKIPPED;
    return done(deps, status, { affectedSeats });
  }
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
    await deps.payments.cancelPayment(fullRefund(request.reservationId, request.paymentIntentId), nested),
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
  if (!isConfirmed) {
    return undefined;
  }
  // It was confirmed at its own price, which therefore is the payment's amount.
  refuseOtherFacts(request, { amount: BigInt(reservation.total), currency: reservation.currency });
  return { orderId: reservation.orderId ?? '', affectedSeats: seatMessages(reservation, 'CONFIRMED') };
}

/** Refuses an event that says something else than the payment's record. */
function refuseOtherFacts(
  { paymentIntentId, eventData }: ProcessPaymentResultRequest,
  paid: Pick<Money, 'amount' | 'currency'> | undefined,
): void {
  if (eventData === undefined) {
    return;
  }
  const { paymentIntentId: named, amount: told } = eventData;
  if (named !== '' && named !== paymentIntentId) {
    throw refuse('NOT_FOUND', 'event_data is about another payment intent', [
      { field: 'event_data.payment_intent_id', reason: 'OTHER_PAYMENT', value: named },
    ]);
  }
  if (told !== undefined && (told.amount !== paid?.amount || told.currency !== paid.currency)) {
    throw refuse(
      'PAYMENT_NOT_APPROVED',
      `the event says ${moneyText(told)}, the payment's record says otherwise`,
      [{ field: 'event_data.amount', reason: 'PAYMENT_AMOUNT', value: moneyText(told) }],
    );
  }
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
  refuseOtherFacts(request, amount);
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
