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
import { startProcessing } from '../../domain/payment/gateway-simulator.ts';
import type { Payment } from '../../domain/payment/payment.ts';
import { settledAs } from '../../domain/payment/settle.ts';
import type { Write } from '../../store/index.ts';
import { answered, refusalOf } from '../shared/answered.ts';
import { contended } from '../shared/contended.ts';
import { newId } from '../shared/new-id.ts';
import { mayAccess } from '../shared/owner.ts';
import { recorded } from '../shared/recorded.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import type { PaymentDeps } from './deps.ts';
import { methodOf, resultMessage, statusOf } from './messages.ts';
import {
  currentState,
  paymentNews,
  paymentOf,
  putPayment,
  timerWrites,
  wrongState,
} from './payment-record.ts';
import { refuseCalledOff } from './refuse-called-off.ts';

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
    const begun = begunPayment(deps, { ...payment, ...(method && { method }) }, now);
    const response = responseOf(begun.payment);
    if (begun.payment.state === 'FAILED') {
      response.error = declined(begun.payment, call);
    }
    await deps.store.transact([
      putPayment(begun.payment, { version: item.version }),
      ...begun.writes,
      ...timerWrites(payment, begun.payment),
      ...recorded(call, response),
    ]);
    return response;
  });
}

/** A pending payment after the gateway was asked to make it, and what else is to be written then. */
export function begunPayment(
  deps: PaymentDeps,
  pending: Payment,
  now: number,
): { readonly payment: Payment; readonly writes: Write[] } {
  const { plan, ...payment } = pending;
  // Whoever pays is faster than the simulator's own wish to; what it was told to do stays.
  const told = plan?.target !== undefined || plan?.force === true ? { plan } : {};
  const started: Payment = { ...payment, ...told, paymentId: newId('pay'), updatedAt: now };
  const verdict = startProcessing(payment.scenario, payment.intentId, deps.simulator);
  if (verdict.kind === 'later') {
    const processing: Payment = { ...started, state: 'PROCESSING', dueAt: now + verdict.afterMs };
    return { payment: processing, writes: [] };
  }
  const settled = settledPayment(started, verdict.approved, now);
  return { payment: settled, writes: paymentNews(deps, settled, now) };
}

/** The payment after the gateway has answered. */
export function settledPayment(payment: Payment, approved: boolean, now: number): Payment {
  return approved
    ? settledAs(payment, 'COMPLETED', { now, transactionId: newId('txn') })
    : settledAs(payment, 'FAILED', { now, timedOut: payment.scenario === 'TIMEOUT' });
}

/** Makes sure that the reservation is held, and long enough for the payment, prolonging its hold once. */
export async function holdLongEnough(
  deps: PaymentDeps,
  payment: Payment,
  nested: CallOptions,
): Promise<void> {
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
  await refuseCalledOff(deps, payment.eventId, 'payment_intent_id', payment.intentId);
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
  const { error, newExpiresAt } = extended;
  // Asked for before, with another time missing: by a call that ended before its payment was made, or by one at the same time.
  const isRepeated = error?.code === ErrorCode.IDEMPOTENCY_CONFLICT;
  // A hold that may not be prolonged any more is still a hold: the payment may make it in time.
  if (error !== undefined && !newExpiresAt && !isRepeated) {
    throw refusalOf(error);
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
