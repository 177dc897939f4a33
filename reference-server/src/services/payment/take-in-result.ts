import type { CallOptions } from '@connectrpc/connect';
import { refuse } from '@traffic-tacos/server';
import { endOfPayment, type Payment } from '../../domain/payment/payment.ts';
import { toldRefund } from '../../domain/payment/refund-told.ts';
import { leadsTo, settledAs } from '../../domain/payment/settle.ts';
import type { Write } from '../../store/index.ts';
import { contended } from '../shared/contended.ts';
import { moneyText } from '../shared/money.ts';
import { newId } from '../shared/new-id.ts';
import type { PaymentNews, TakenIn } from '../webhook/index.ts';
import type { PaymentDeps } from './deps.ts';
import {
  paymentEventId,
  paymentNews,
  paymentOf,
  putPayment,
  timerWrites,
  wrongState,
} from './payment-record.ts';
import { refundPayment } from './refund-payment.ts';

/** Calls that no client waits for. */
const UNATTENDED: CallOptions = {};

/**
 * Takes in what a payment provider says of a payment. It counts once, and only where intent, reservation, amount and
 * currency are those of the record.
 *
 * @param recorded - gives writes that belong into the transaction of the effect
 * @throws CallFailure NOT_FOUND, PAYMENT_NOT_APPROVED or FAILED_PRECONDITION; nothing was changed then.
 */
export async function takeInResult(
  deps: PaymentDeps,
  news: PaymentNews,
  recorded: (taken: TakenIn) => readonly Write[],
): Promise<TakenIn> {
  return contended(`payment intent ${news.intentId}`, async () => {
    const { value: payment, version } = await paymentOf(deps, news.intentId, () => true);
    requireSame(payment, news);
    const now = deps.clock();
    const { state } = news;
    if (state === 'PROCESSING') {
      return { eventId: '', at: now, isNew: true };
    }
    if (isKnown(payment, news)) {
      return {
        eventId: paymentEventId({ ...payment, state }),
        at: payment.processedAt ?? payment.updatedAt,
        isNew: false,
      };
    }
    if (state === 'REFUNDED') {
      const { after, writes } = await refundPayment(deps, payment, { seatIds: [] }, UNATTENDED);
      const taken: TakenIn = { eventId: paymentEventId(after), at: now, isNew: true };
      await deps.store.transact([
        putPayment(after, { version }),
        ...timerWrites(payment, after),
        ...writes,
        ...recorded(taken),
      ]);
      return taken;
    }
    // Whether a pending one has expired is the platform's own affair: the network knows what became of the money.
    if (!leadsTo(payment.state, state)) {
      if (endOfPayment(payment) !== undefined) {
        // One that nobody has paid, in one way or another.
        return { eventId: '', at: payment.updatedAt, isNew: false };
      }
      throw wrongState(payment, payment.state, `one that can still come to be ${state.toLowerCase()}`);
    }
    const settled = settledAs({ ...payment, paymentId: payment.paymentId ?? newId('pay') }, state, {
      now,
      timedOut: news.timedOut,
      ...(state === 'COMPLETED' && { transactionId: news.transactionId || newId('txn') }),
      ...(news.failureReason !== '' && { failureReason: news.failureReason }),
    });
    const taken: TakenIn = { eventId: paymentEventId(settled), at: now, isNew: true };
    await deps.store.transact([
      putPayment(settled, { version }),
      ...timerWrites(payment, settled),
      ...paymentNews(deps, settled, now),
      ...recorded(taken),
    ]);
    return taken;
  });
}

/** Whether news says what is known. A payment may have been paid, and paid back since. */
function isKnown(payment: Payment, { state, amount }: PaymentNews): boolean {
  switch (state) {
    case 'REFUNDED':
      return toldRefund(payment, amount?.amount) === 'KNOWN';
    case 'COMPLETED':
      return payment.state === 'COMPLETED' || payment.state === 'REFUNDED';
    default:
      return payment.state === state;
  }
}

function requireSame(payment: Payment, { reservationId, amount, state }: PaymentNews): void {
  if (reservationId !== '' && reservationId !== payment.reservationId) {
    throw refuse(
      'PAYMENT_NOT_APPROVED',
      `the payment is not for reservation "${reservationId}"; nothing was changed`,
      [{ field: 'data.reservation_id', reason: 'RESERVATION_DIFFERS', value: reservationId }],
    );
  }
  if (state === 'REFUNDED' && payment.state !== 'COMPLETED' && payment.state !== 'REFUNDED') {
    throw wrongState(payment, payment.state, 'a completed one');
  }
  if (!isSameAmount(payment, { amount, state })) {
    const said = amount === undefined ? 'no amount' : moneyText(amount);
    const { currency, refundedAmount = 0 } = payment;
    const paid = moneyText({ amount: payment.amount, currency });
    const back =
      refundedAmount === 0 ? '' : `, of which ${moneyText({ amount: refundedAmount, currency })} went back`;
    throw refuse(
      'PAYMENT_NOT_APPROVED',
      `the news says ${said}, the payment is of ${paid}${back}; nothing was changed`,
      [
        {
          field: 'data.amount',
          reason: 'AMOUNT_DIFFERS',
          value: amount === undefined ? '' : moneyText(amount),
        },
        { field: 'data.amount', reason: 'PAYMENT_AMOUNT', value: paid },
      ],
    );
  }
}

function isSameAmount(payment: Payment, { amount, state }: Pick<PaymentNews, 'amount' | 'state'>): boolean {
  if (amount !== undefined && amount.currency !== payment.currency) {
    return false;
  }
  if (state === 'REFUNDED') {
    return toldRefund(payment, amount?.amount) !== 'UNCLEAR';
  }
  // Who says that it was paid has to say how much.
  return amount === undefined ? state !== 'COMPLETED' : amount.amount === BigInt(payment.amount);
}
