import type { CallOptions } from '@connectrpc/connect';
import { type CallFailure, refuse } from '@traffic-tacos/server';
import type { Payment, PaymentState, Refund } from '../../domain/payment/payment.ts';
import type { DomainEvent } from '../../events/index.ts';
import type { Item } from '../../store/index.ts';
import { msOf } from '../shared/time.ts';
import type { PaymentDeps } from './deps.ts';
import { statusOf } from './messages.ts';
import { paymentTable } from './tables.ts';

/**
 * A payment intent.
 *
 * @param visible Whether the caller may know of it; one that the caller may not know of does not exist.
 * @throws CallFailure NOT_FOUND.
 */
export async function paymentOf(
  deps: PaymentDeps,
  intentId: string,
  visible: (ownerId: string) => boolean,
): Promise<Item<Payment>> {
  const item = await deps.store.get(paymentTable, intentId);
  if (item === undefined || !visible(item.value.userId)) {
    throw refuse('NOT_FOUND', `there is no payment intent "${intentId}"`, [
      { field: 'payment_intent_id', reason: 'PAYMENT_NOT_FOUND', value: intentId },
    ]);
  }
  return item;
}

/**
 * The state as of now. An intent that nobody has started to pay ends with the hold of its reservation, which
 * may have been prolonged since the intent was made.
 */
export async function currentState(
  deps: PaymentDeps,
  payment: Payment,
  nested: CallOptions,
): Promise<PaymentState> {
  if (payment.state !== 'PENDING' || payment.expiresAt > deps.clock()) {
    return payment.state;
  }
  const { reservation } = await deps.reservations.getReservation(
    { reservationId: payment.reservationId },
    nested,
  );
  const holdExpiresAt = msOf(reservation?.holdExpiresAt) ?? 0;
  return holdExpiresAt > deps.clock() ? 'PENDING' : 'EXPIRED';
}

/** A refusal because the intent is not in the state that is needed. */
export function wrongState(payment: Payment, state: PaymentState, expected: string): CallFailure {
  return refuse(
    'FAILED_PRECONDITION',
    `payment intent "${payment.intentId}" is ${state.toLowerCase()}; expected ${expected}`,
    [{ field: 'payment_intent_id', reason: `PAYMENT_${state}`, value: payment.intentId }],
    { answer: { status: statusOf(state) } },
  );
}

/** What has just become of a payment, for the outbox. */
export function paymentEvent(payment: Payment, now: number): DomainEvent {
  const approved = payment.state === 'COMPLETED';
  return {
    id: `${payment.intentId}/${approved ? 'approved' : 'failed'}`,
    name: approved ? 'payment.approved' : 'payment.failed',
    at: now,
    eventId: payment.eventId,
    userId: payment.userId,
    reservationId: payment.reservationId,
    paymentIntentId: payment.intentId,
    amount: payment.amount,
    currency: payment.currency,
    ...(payment.transactionId !== undefined && { transactionId: payment.transactionId }),
  };
}

/** What the last refund of a payment means for others, for the outbox. */
export function refundEvent(payment: Payment, refund: Refund): DomainEvent {
  return {
    id: `${payment.intentId}/refunded/${refund.id}`,
    name: 'payment.refunded',
    at: refund.refundedAt,
    eventId: payment.eventId,
    userId: payment.userId,
    reservationId: payment.reservationId,
    paymentIntentId: payment.intentId,
    amount: refund.amount,
    currency: payment.currency,
    refundId: refund.id,
    seatIds: refund.seatIds,
  };
}
