import type { CallOptions } from '@connectrpc/connect';
import type { Payment, Refund } from '../../domain/payment/payment.ts';
import { type BuyerTerms, planRefund, type RefundWish, refunded } from '../../domain/payment/refund.ts';
import { emit } from '../../events/index.ts';
import type { Write } from '../../store/index.ts';
import { derivedId } from '../shared/new-id.ts';
import { boughtSeats } from './bought-seats.ts';
import type { PaymentDeps } from './deps.ts';
import { refundEvent } from './payment-record.ts';
import { refundRefused } from './refund-messages.ts';

/** A completed payment after a refund, which is not written yet. */
export interface RefundedPayment {
  readonly after: Payment;
  readonly refund: Refund;
  /** What goes with it: the event that has the worker put seats back on sale, and news for the payment's receiver. */
  readonly writes: readonly Write[];
}

/**
 * Works out a refund of a completed payment.
 *
 * @param buyer Set where it is the buyer who asks.
 * @throws CallFailure where the payment has not bought a seat, or has less money left than is asked for.
 */
export async function refundPayment(
  deps: PaymentDeps,
  payment: Payment,
  wish: RefundWish,
  nested: CallOptions,
  buyer?: BuyerTerms,
): Promise<RefundedPayment> {
  const seats = await boughtSeats(deps, payment, nested);
  const planned = planRefund(payment, seats, wish, buyer);
  if (!planned.ok) {
    throw refundRefused(payment, planned.refusal);
  }
  const { amount, seatIds, last } = planned.plan;
  const now = deps.clock();
  const id = derivedId('ref', payment.intentId, String(payment.refunds?.length ?? 0));
  const after = refunded(payment, id, planned.plan, now);
  const refund: Refund = { id, amount, seatIds, refundedAt: now };
  // The receiver knows states: a payment that is refunded in part is still a completed one.
  const notice = last ? deps.webhooks.notice(after, now) : [];
  return { after, refund, writes: [emit(refundEvent(after, refund)), ...notice] };
}
