import { setTimeout } from 'node:timers/promises';
import type { Client } from '@connectrpc/connect';
import { PaymentResultType, type WorkerService } from '@traffic-tacos/contracts/reservation/v1';
import type { DomainEvent, EventHandler } from '../../events/index.ts';
import type { Store } from '../../store/index.ts';
import { reservationTable } from '../reservation/tables.ts';
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

/**
 * Has the worker service draw the consequence of a payment's result, where there is one to draw: nearly every buyer has
 * confirmed by then.
 */
export function paymentConsumer(worker: Client<typeof WorkerService>, store: Store): EventHandler {
  return async (event, { correlationId, attempts }) => {
    const { reservationId, paymentIntentId, amount, currency } = event;
    const resultType = RESULTS[event.name];
    if (resultType === undefined || reservationId === undefined || paymentIntentId === undefined) {
      return;
    }
    if (resultType === PaymentResultType.APPROVED && attempts === 0) {
      await setTimeout(HEAD_START_MS);
      if (await hasConfirmed(store, reservationId, event)) {
        return;
      }
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

/** Whether the payment that an event tells of has bought its reservation, at the price that was paid. */
async function hasConfirmed(
  store: Store,
  reservationId: string,
  { paymentIntentId, amount, currency }: DomainEvent,
): Promise<boolean> {
  const reservation = (await store.get(reservationTable, reservationId))?.value;
  return (
    reservation?.state === 'CONFIRMED' &&
    reservation.paymentIntentId === paymentIntentId &&
    reservation.total === amount &&
    reservation.currency === currency
  );
}

/** Has the seats of a refund put back on sale: of all or only of some, which no call of the contract can say. */
export function refundConsumer(returnSeats: (refunded: RefundedSeats) => Promise<unknown>): EventHandler {
  return async ({ name, reservationId, paymentIntentId, refundId, seatIds = [] }) => {
    if (name === 'payment.refunded' && seatIds.length > 0 && reservationId && paymentIntentId && refundId) {
      await returnSeats({ reservationId, paymentIntentId, refundId, seatIds });
    }
  };
}
