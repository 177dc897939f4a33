import type { CallOptions } from '@connectrpc/connect';
import { type CallFailure, refuse } from '@traffic-tacos/server';
import { endOfPayment, type Payment, type PaymentState, type Refund } from '../../domain/payment/payment.ts';
import { type DomainEvent, type DomainEventName, emit } from '../../events/index.ts';
import { type Condition, type Item, put, type Write } from '../../store/index.ts';
import { clearTimer, setTimer } from '../../timers/index.ts';
import { UNSOLD_KEPT_MS } from '../shared/kept.ts';
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
 * The write of a payment. One that has moved money, or is on its way to, stays; any other goes some time after its end,
 * seen by anybody or not.
 */
export function putPayment(payment: Payment, condition: Condition): Write {
  const end = endOfPayment(payment);
  const kept = end === undefined ? {} : { expiresAt: end + UNSOLD_KEPT_MS };
  return put(paymentTable, payment.intentId, payment, { if: condition, ...kept });
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

/** The write that sets the timer for what comes next by itself, or takes it away. */
export function nextTimer(payment: Payment): Write {
  const at = nextTime(payment);
  return at === undefined
    ? clearTimer('payment-due', payment.intentId)
    : setTimer('payment-due', payment.intentId, at);
}

/** The same for a payment that has changed; no write where there was and is no timer, as with most. */
export function timerWrites(former: Payment | undefined, payment: Payment): Write[] {
  const had = former !== undefined && nextTime(former) !== undefined;
  return had || nextTime(payment) !== undefined ? [nextTimer(payment)] : [];
}

function nextTime({ state, dueAt, plan }: Payment): number | undefined {
  const times = [state === 'PROCESSING' ? dueAt : undefined, plan?.at].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Names the event that a payment's state makes. */
export function paymentEventId({ intentId, state }: Payment): string {
  return `${intentId}/${state === 'COMPLETED' ? 'approved' : state.toLowerCase()}`;
}

/** The writes that tell of a payment's new state: the platform by event, and the payment's receiver by webhook. */
export function paymentNews(deps: PaymentDeps, payment: Payment, now: number): Write[] {
  return [...paymentEvents(payment, now), ...deps.webhooks.notice(payment, now)];
}

/** The write that tells the platform of a payment's new state; none for a state that is no result. */
export function paymentEvents(payment: Payment, now: number): Write[] {
  const name = EVENTS[payment.state];
  const event: DomainEvent | undefined = name && {
    id: paymentEventId(payment),
    name,
    at: now,
    eventId: payment.eventId,
    userId: payment.userId,
    reservationId: payment.reservationId,
    paymentIntentId: payment.intentId,
    amount: payment.amount,
    currency: payment.currency,
    ...(payment.transactionId !== undefined && { transactionId: payment.transactionId }),
  };
  return event === undefined ? [] : [emit(event)];
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

/** Events of the states that are results; a refund has an event of its own. */
const EVENTS: Readonly<Partial<Record<PaymentState, DomainEventName>>> = {
  COMPLETED: 'payment.approved',
  FAILED: 'payment.failed',
  CANCELLED: 'payment.cancelled',
};
