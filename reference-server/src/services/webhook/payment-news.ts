import type { PaymentState } from '../../domain/payment/payment.ts';

/** The result of a payment, as its provider tells it. */
export interface PaymentNews {
  readonly intentId: string;
  /** Empty when it is not said. */
  readonly reservationId: string;
  /** What the payment has come to; `PROCESSING` for one that goes on. */
  readonly state: Extract<PaymentState, 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'REFUNDED' | 'PROCESSING'>;
  /** The network did not answer. */
  readonly timedOut: boolean;
  /** In the smallest unit of the currency. */
  readonly amount: { readonly amount: bigint; readonly currency: string } | undefined;
  readonly transactionId: string;
  readonly failureReason: string;
}

/** What came of news of a payment. */
export interface TakenIn {
  /** Names the event that follows; empty when none does. */
  readonly eventId: string;
  /** Epoch milliseconds at which it was taken in for the first time. */
  readonly at: number;
  /** Whether something is left to do for the platform. */
  readonly isNew: boolean;
}
