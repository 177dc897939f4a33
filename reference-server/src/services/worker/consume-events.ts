import { setTimeout } from 'node:timers/promises';
import type { Client } from '@connectrpc/connect';
import { PaymentResultType, type WorkerService } from '@traffic-tacos/contracts/reservation/v1';
import type { DomainEvent, EventHandler } from '../../events/index.ts';
import { moneyOf } from '../shared/money.ts';
import { refuseUnprocessed } from './refuse-unprocessed.ts';
import type { RefundedSeats } from './return-refunded-seats.ts';

const RESULTS: Readonly<Partial<Record<DomainEvent['name'], PaymentResultType>>> = {
  'payment.approved': PaymentResultType.APPROVED,
  'payment.failed': PaymentResultType.FAILED,
};

/**
 * Milliseconds that a buyer has to confirm what was just paid. Nearly all do so at once; two who do it at the same
 * time only get in each other's way.
 */
const HEAD_START_MS = 100;

/** Has the worker service draw the consequence of a payment's result. */
export function paymentConsumer(worker: Client<typeof WorkerService>): EventHandler {
  return async (event, { correlationId, attempts }) => {
    const { reservationId, paymentIntentId, amount, currency } = event;
    const resultType = RESULTS[event.name];
    if (resultType === undefined || reservationId === undefined || paymentIntentId === undefined) {
      return;
    }
    if (resultType === PaymentResultType.APPROVED && attempts === 0) {
      await setTimeout(HEAD_START_MS);
    }
    const told = amount !== undefined && currency !== undefined && { amount: moneyOf(amount, currency) };
    refuseUnprocessed(
      await worker.processPaymentResult({
        reservationId,
        paymentIntentId,
        resultType,
        eventData: { paymentIntentId, transactionId: event.transactionId ?? '', ...told },
        correlationId,
        retryCount: attempts,
      }),
    );
  };
}

/** Has the seats of a refund put back on sale: of all or only of some, which no call of the contract can say. */
export function refundConsumer(returnSeats: (refunded: RefundedSeats) => Promise<unknown>): EventHandler {
  return async ({ name, reservationId, paymentIntentId, refundId, seatIds = [] }) => {
    if (name === 'payment.refunded' && seatIds.length > 0 && reservationId && paymentIntentId && refundId) {
      await returnSeats({ reservationId, paymentIntentId, refundId, seatIds });
    }
  };
}
