import type { Payment } from './payment.ts';

/** A seat that a payment has bought, at the price it was bought for. */
export interface PaidSeat {
  readonly id: string;
  /** In the smallest unit of the payment's currency. */
  readonly price: number;
}

/** What is to be refunded: some seats, an amount, both (which must agree), or everything that is left. */
export interface RefundWish {
  readonly seatIds: readonly string[];
  readonly amount?: { readonly amount: number; readonly currency: string };
}

/** What a refund consists of. */
export interface RefundPlan {
  readonly amount: number;
  /** Seats that go back on sale. */
  readonly seatIds: readonly string[];
  /** Whether the payment is over with it: neither money nor a seat is left. */
  readonly last: boolean;
}

/** What binds a buyer who asks for a refund, and not those who run the sale. */
export interface BuyerTerms {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Epoch milliseconds from which a ticket is not taken back; `undefined`: no such time. */
  readonly refundableUntil: number | undefined;
}

/** Why a refund is not made. */
export type RefundRefusal =
  | { readonly reason: 'SEAT_NOT_PAID' | 'SEAT_REFUNDED'; readonly seatId: string }
  | { readonly reason: 'OTHER_CURRENCY' }
  /** The amount that was asked for is not what the seats cost. */
  | { readonly reason: 'AMOUNT_DIFFERS'; readonly asked: number; readonly cost: number }
  | { readonly reason: 'MORE_THAN_LEFT'; readonly asked: number; readonly left: number }
  /** A buyer wants part of the money back and to keep the seats. */
  | { readonly reason: 'SEATS_KEPT'; readonly asked: number; readonly left: number }
  /** A buyer wants to give back tickets of an event that has started. */
  | { readonly reason: 'EVENT_STARTED'; readonly startedAt: number };

/** What is left of the money of a completed payment. */
export function leftOf(payment: Payment): number {
  return payment.amount - (payment.refundedAmount ?? 0);
}

/** Whether a payment's refunds have put this seat back on sale. */
export function isSeatRefunded(payment: Payment, seatId: string): boolean {
  return payment.refunds?.some(({ seatIds }) => seatIds.includes(seatId)) ?? false;
}

/**
 * Works out a refund of a completed payment. Named seats go back, and no others. Without names everything that is left
 * takes all seats along; less than that leaves them with the buyer, which is a favour that no buyer does themselves.
 *
 * @param seats What the payment has bought, refunded seats included; none when it bought nothing.
 * @param buyer Set where it is the buyer who asks.
 */
export function planRefund(
  payment: Payment,
  seats: readonly PaidSeat[],
  wish: RefundWish,
  buyer?: BuyerTerms,
):
  | { readonly ok: true; readonly plan: RefundPlan }
  | { readonly ok: false; readonly refusal: RefundRefusal } {
  const refused = (refusal: RefundRefusal) => ({ ok: false, refusal }) as const;
  const left = leftOf(payment);
  // A payment that bought nothing is paid back at any time.
  const startedAt = seats.length > 0 ? buyer?.refundableUntil : undefined;
  if (buyer !== undefined && startedAt !== undefined && startedAt <= buyer.now) {
    return refused({ reason: 'EVENT_STARTED', startedAt });
  }
  let cost = 0;
  for (const seatId of wish.seatIds) {
    const seat = seats.find(({ id }) => id === seatId);
    if (seat === undefined) {
      return refused({ reason: 'SEAT_NOT_PAID', seatId });
    }
    if (isSeatRefunded(payment, seatId)) {
      return refused({ reason: 'SEAT_REFUNDED', seatId });
    }
    cost += seat.price;
  }
  if (wish.amount !== undefined && wish.amount.currency !== payment.currency) {
    return refused({ reason: 'OTHER_CURRENCY' });
  }
  const bySeat = wish.seatIds.length > 0;
  const asked = wish.amount?.amount;
  if (bySeat && asked !== undefined && asked !== cost) {
    return refused({ reason: 'AMOUNT_DIFFERS', asked, cost });
  }
  const amount = bySeat ? cost : (asked ?? left);
  if (amount > left) {
    return refused({ reason: 'MORE_THAN_LEFT', asked: amount, left });
  }
  if (buyer !== undefined && !bySeat && amount < left) {
    return refused({ reason: 'SEATS_KEPT', asked: amount, left });
  }
  const kept = seats.map(({ id }) => id).filter((id) => !isSeatRefunded(payment, id));
  const isRest = bySeat ? kept.length === wish.seatIds.length : amount === left;
  return {
    ok: true,
    plan: { amount, seatIds: isRest ? kept : wish.seatIds, last: isRest && amount === left },
  };
}

/** The payment after a refund. */
export function refunded(payment: Payment, id: string, plan: RefundPlan, now: number): Payment {
  const refund = { id, amount: plan.amount, seatIds: plan.seatIds, refundedAt: now };
  return {
    ...payment,
    state: plan.last ? 'REFUNDED' : 'COMPLETED',
    updatedAt: now,
    refundedAmount: (payment.refundedAmount ?? 0) + plan.amount,
    refunds: [...(payment.refunds ?? []), refund],
  };
}
