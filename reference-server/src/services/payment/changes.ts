import type { PaymentState } from '../../domain/payment/payment.ts';
import { type Announcement, announcement, type Feed, type Topic, topic } from '../../feed/index.ts';
import { paymentTable } from './tables.ts';

/** What others are told of a payment that has changed. Times are epoch milliseconds. */
export interface PaymentChange {
  /** Of the intent. */
  readonly id: string;
  readonly userId: string;
  readonly state: PaymentState;
  /** In the smallest unit of the currency. */
  readonly refundedAmount: number;
  readonly at: number;
  /** Of the call that changed it; empty where none did. */
  readonly traceId: string;
}

/** The payments of one user; those of buyers without an id are one topic. */
export function paymentsOf(userId: string): Topic<PaymentChange> {
  return topic(`payments/${userId}`);
}

/** Tells of every payment that is written. */
export function paymentChanges(feed: Feed): Announcement {
  return announcement(paymentTable, ({ value: payment }, traceId) =>
    feed.publish(paymentsOf(payment.userId), () => ({
      id: payment.intentId,
      userId: payment.userId,
      state: payment.state,
      refundedAmount: payment.refundedAmount ?? 0,
      at: payment.updatedAt,
      traceId,
    })),
  );
}
