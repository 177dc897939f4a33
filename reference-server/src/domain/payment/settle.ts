import type { Payment, PaymentState, SimulatedState } from './payment.ts';

/** What is known of the result beside the state. */
export interface ResultFacts {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The network's name of the movement of money. */
  readonly transactionId?: string;
  readonly failureReason?: string;
  /** The network did not answer. */
  readonly timedOut?: boolean;
}

/**
 * States that the payment network can bring a payment to. Whatever the platform has made of an intent, money that comes
 * all the same is booked: it buys the seats if they are still held, and is given back if not. A refund has to find the
 * seats, and goes its own way.
 */
const LEADS_TO: Readonly<Record<PaymentState, readonly SimulatedState[]>> = {
  PENDING: ['PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED'],
  PROCESSING: ['COMPLETED', 'FAILED', 'CANCELLED'],
  EXPIRED: ['COMPLETED'],
  COMPLETED: [],
  FAILED: ['COMPLETED'],
  CANCELLED: ['COMPLETED'],
  REFUNDED: [],
};

/** Whether the network can bring a payment from one state to another. */
export function leadsTo(from: PaymentState, to: PaymentState): boolean {
  return LEADS_TO[from].some((state) => state === to);
}

/** A payment that has come to a state other than PROCESSING. What was planned for it is off, unless it is forced. */
export function settledAs(
  payment: Payment,
  state: 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'EXPIRED',
  { now, transactionId, failureReason, timedOut = false }: ResultFacts,
): Payment {
  const { dueAt: _, plan, ...rest } = payment;
  const settled: Payment = { ...rest, state, updatedAt: now, ...(plan?.force && { plan }) };
  switch (state) {
    case 'COMPLETED':
      return {
        ...settled,
        processedAt: now,
        ...(transactionId !== undefined && { transactionId }),
        outcome: {
          success: true,
          failureReason: '',
          gatewayResponse: 'APPROVED',
          responseCode: 0,
          processedAt: now,
        },
      };
    case 'FAILED':
      return {
        ...settled,
        processedAt: now,
        outcome: {
          success: false,
          failureReason: failureReason || (timedOut ? NO_ANSWER : DECLINED),
          gatewayResponse: timedOut ? 'NO_ANSWER' : 'DECLINED',
          responseCode: timedOut ? 91 : 5,
          processedAt: now,
        },
      };
    case 'EXPIRED':
      return { ...settled, expiresAt: Math.min(payment.expiresAt, now) };
    case 'CANCELLED':
      return settled;
  }
}

const NO_ANSWER = 'the payment gateway did not answer in time';
const DECLINED = 'the payment was declined';
