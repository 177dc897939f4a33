import type { CancelPaymentRequest } from '@traffic-tacos/contracts/payment/v1';
import { type CallFailure, type FailureDetail, refuse } from '@traffic-tacos/server';
import type { Payment } from '../../domain/payment/payment.ts';
import type { RefundRefusal, RefundWish } from '../../domain/payment/refund.ts';
import { moneyText } from '../shared/money.ts';
import { statusOf } from './messages.ts';

/** What a request wants back. */
export function refundWishOf({ seatIds, refundAmount }: CancelPaymentRequest): RefundWish {
  return {
    seatIds,
    ...(refundAmount && {
      amount: { amount: Number(refundAmount.amount), currency: refundAmount.currency },
    }),
  };
}

/** A refusal of a refund that the payment does not allow. */
export function refundRefused(payment: Payment, refusal: RefundRefusal): CallFailure {
  const { intentId, currency } = payment;
  const money = (amount: number): string => moneyText({ amount, currency });
  const because = (why: string, details: readonly FailureDetail[]): CallFailure =>
    refuse('FAILED_PRECONDITION', `payment "${intentId}" is not refunded: ${why}`, details, {
      answer: { status: statusOf(payment.state) },
    });
  switch (refusal.reason) {
    case 'SEAT_NOT_PAID':
    case 'SEAT_REFUNDED': {
      const { seatId, reason } = refusal;
      const why = reason === 'SEAT_NOT_PAID' ? 'was not paid with it' : 'is refunded already';
      return because(`seat ${seatId} ${why}`, [{ field: 'seat_ids', reason, value: seatId }]);
    }
    case 'OTHER_CURRENCY':
      return because(`refund_amount is not in its currency, ${currency}`, [
        { field: 'refund_amount', reason: refusal.reason, value: currency },
      ]);
    case 'AMOUNT_DIFFERS':
      return because(
        `refund_amount is ${money(refusal.asked)}, but the seats cost ${money(refusal.cost)}; leave it out or make them agree`,
        [
          { field: 'refund_amount', reason: refusal.reason, value: money(refusal.asked) },
          { field: 'refund_amount', reason: 'SEATS_COST', value: money(refusal.cost) },
        ],
      );
    case 'MORE_THAN_LEFT':
      return because(`${money(refusal.asked)} is more than the ${money(refusal.left)} that is left of it`, [
        { field: 'refund_amount', reason: refusal.reason, value: money(refusal.asked) },
        { field: 'refund_amount', reason: 'AMOUNT_LEFT', value: money(refusal.left) },
      ]);
    case 'SEATS_KEPT':
      return because(
        `a buyer gets money back for seats: name them in seat_ids, or leave refund_amount out to give all of them back for ${money(refusal.left)}`,
        [
          { field: 'refund_amount', reason: refusal.reason, value: money(refusal.asked) },
          { field: 'refund_amount', reason: 'AMOUNT_LEFT', value: money(refusal.left) },
        ],
      );
    case 'EVENT_STARTED':
      return because('its event has started, and tickets are taken back before that', [
        {
          field: 'payment_intent_id',
          reason: refusal.reason,
          value: new Date(refusal.startedAt).toISOString(),
        },
      ]);
  }
}
