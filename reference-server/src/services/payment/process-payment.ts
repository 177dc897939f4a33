import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import { type Error as ContractError, ErrorCode, ErrorSchema } from '@traffic-tacos/contracts/common/v1';
import {
  type ProcessPaymentRequest,
  type ProcessPaymentResponse,
  ProcessPaymentResponseSchema,
} from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { outcomeOf, startProcessing } from '../../domain/payment/gateway-simulator.ts';
import type { Payment } from '../../domain/payment/payment.ts';
import { emit } from '../../events/index.ts';
import { put } from '../../store/index.ts';
import { setTimer } from '../../timers/index.ts';
import { answered, refusalOf } from '../shared/answered.ts';
import { contended } from '../shared/contended.ts';
import { newId } from '../shared/new-id.ts';
import { mayAccess } from '../shared/owner.ts';
import { recorded } from '../shared/recorded.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import type { PaymentDeps } from './deps.ts';
import { methodOf, resultMessage, statusOf } from './messages.ts';
import { currentState, paymentEvent, paymentOf, wrongState } from './payment-record.ts';
import { paymentTable } from './tables.ts';

/** Pays a pending intent: at once, or by a timer where the scenario takes its time. */
export async function processPayment(
  deps: PaymentDeps,
  request: ProcessPaymentRequest,
  call: Call,
  nested: CallOptions,
): Promise<ProcessPaymentResponse> {
  return contended(`payment intent ${request.paymentIntentId}`, async () => {
    const item = await paymentOf(deps, request.paymentIntentId, (owner) => mayAccess(call.caller, '', owner));
    const payment = item.value;
    const state = await currentState(deps, payment, nested);
    if (state === 'EXPIRED') {
      throw refuse(
        'RESERVATION_EXPIRED',
        `the hold that payment intent "${payment.intentId}" would pay for has lapsed; nothing was paid`,
        [{ field: 'payment_intent_id', reason: 'PAYMENT_EXPIRED', value: payment.intentId }],
        { answer: { status: statusOf('EXPIRED') } },
      );
    }
    if (state !== 'PENDING') {
      throw wrongState(payment, state, 'a pending one');
    }
    await holdLongEnough(deps, payment, nested);

    const now = deps.clock();
    const method = methodOf(request.paymentDetails?.method ?? 0) ?? payment.method;
    const started = { ...payment, paymentId: newId('pay'), updatedAt: now, ...(method && { method }) };
    const verdict = startProcessing(payment.scenario, payment.intentId, deps.simulator);
    if (verdict.kind === 'later') {
      const dueAt = now + verdict.afterMs;
      const processing: Payment = { ...started, state: 'PROCESSING', dueAt };
      const response = responseOf(processing);
      await deps.store.transact([
        put(paymentTable, payment.intentId, processing, { if: { version: item.version } }),
        setTimer('payment-due', payment.intentId, dueAt),
        ...recorded(call, response),
      ]);
      return response;
    }
    const settled = settledPayment(started, verdict.approved, now);
    const response = responseOf(settled);
    if (!verdict.approved) {
      response.error = declined(settled, call);
    }
    await deps.store.transact([
      put(paymentTable, payment.intentId, settled, { if: { version: item.version } }),
      emit(paymentEvent(settled, now)),
      ...recorded(call, response),
    ]);
    return response;
  });
}

/** The payment after the gateway has answered. */
export function settledPayment(payment: Payment, approved: boolean, now: number): Payment {
  const { dueAt: _, ...rest } = payment;
  return {
    ...rest,
    state: approved ? 'COMPLETED' : 'FAILED',
    outcome: outcomeOf(payment, approved, now),
    processedAt: now,
    updatedAt: now,
    ...(approved && { transactionId: newId('txn') }),
  };
}

/** Makes sure that the reservation is held, and long enough for the payment, prolonging its hold once. */
async function holdLongEnough(deps: PaymentDeps, payment: Payment, nested: CallOptions): Promise<void> {
  const { reservation } = answered(
    await deps.reservations.getReservation({ reservationId: payment.reservationId }, nested),
  );
  const status = reservation?.status ?? ReservationStatus.UNSPECIFIED;
  if (status === ReservationStatus.EXPIRED) {
    throw refuse(
      'RESERVATION_EXPIRED',
      `the hold of reservation "${payment.reservationId}" has lapsed; nothing was paid`,
      [{ field: 'payment_intent_id', reason: 'RESERVATION_EXPIRED', value: payment.intentId }],
    );
  }
  if (status !== ReservationStatus.HOLD) {
    throw refuse(
      'FAILED_PRECONDITION',
      `reservation "${payment.reservationId}" is ${ReservationStatus[status]?.toLowerCase()}; only a hold is paid for`,
      [
        {
          field: 'payment_intent_id',
          reason: `RESERVATION_${ReservationStatus[status]}`,
          value: payment.intentId,
        },
      ],
    );
  }
  const needed = deps.clock() + deps.settings.holdSecondsToPay * 1000;
  const missing = Math.ceil((needed - (msOf(reservation?.holdExpiresAt) ?? 0)) / 1000);
  if (missing <= 0) {
    return;
  }
  const extended = await deps.reservations.extendHold(
    {
      reservationId: payment.reservationId,
      extensionSeconds: missing,
      reason: 'the payment has started',
      idempotencyKey: `${payment.reservationId}/pay/${payment.intentId}`,
    },
    nested,
  );
  // A hold that may not be prolonged any more is still a hold: the payment may make it in time.
  if (extended.error !== undefined && !extended.newExpiresAt) {
    throw refusalOf(extended.error);
  }
}

/** What the buyer reads when the gateway says no. Part of the recorded answer, unlike a refusal that is thrown. */
function declined(payment: Payment, call: Call): ContractError {
  return create(ErrorSchema, {
    code: ErrorCode.PAYMENT_NOT_APPROVED,
    message: `payment "${payment.paymentId}" was not approved: ${payment.outcome?.failureReason ?? ''}`,
    traceId: call.traceId,
    details: [{ field: 'payment_intent_id', reason: 'PAYMENT_DECLINED', value: payment.intentId }],
  });
}

function responseOf(payment: Payment): ProcessPaymentResponse {
  return create(ProcessPaymentResponseSchema, {
    paymentId: payment.paymentId ?? '',
    status: statusOf(payment.state),
    transactionId: payment.transactionId ?? '',
    ...(payment.processedAt !== undefined && { processedAt: timestampOf(payment.processedAt) }),
    ...(payment.outcome && { result: resultMessage(payment.outcome) }),
  });
}
