import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import {
  type CancelPaymentRequest,
  type CancelPaymentResponse,
  CancelPaymentResponseSchema,
} from '@traffic-tacos/contracts/payment/v1';
import type { Call } from '@traffic-tacos/server';
import type { Payment } from '../../domain/payment/payment.ts';
import type { BuyerTerms } from '../../domain/payment/refund.ts';
import { settledAs } from '../../domain/payment/settle.ts';
import type { Write } from '../../store/index.ts';
import { contended } from '../shared/contended.ts';
import { moneyOf } from '../shared/money.ts';
import { mayAccess } from '../shared/owner.ts';
import { recorded } from '../shared/recorded.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import type { PaymentDeps } from './deps.ts';
import { statusOf } from './messages.ts';
import { currentState, paymentNews, paymentOf, putPayment, wrongState } from './payment-record.ts';
import { refundWishOf } from './refund-messages.ts';
import { refundPayment } from './refund-payment.ts';

/**
 * Calls off an intent nobody has paid, or refunds a completed payment. The money decides: its record and the event
 * that has the worker put the seats back on sale are one transaction.
 */
export async function cancelPayment(
  deps: PaymentDeps,
  request: CancelPaymentRequest,
  call: Call,
  nested: CallOptions,
): Promise<CancelPaymentResponse> {
  return contended(`payment intent ${request.paymentIntentId}`, async () => {
    const item = await paymentOf(deps, request.paymentIntentId, (owner) => mayAccess(call.caller, '', owner));
    const payment = item.value;
    const state = await currentState(deps, payment, nested);
    if (state !== 'PENDING' && state !== 'COMPLETED') {
      throw wrongState(payment, state, 'a pending or a completed one');
    }
    const { after, response, writes } =
      state === 'PENDING' ? calledOff(deps, payment) : await refunded(deps, payment, request, call, nested);
    await deps.store.transact([
      putPayment(after, { version: item.version }),
      ...writes,
      ...recorded(call, response),
    ]);
    return response;
  });
}

interface Cancelled {
  readonly after: Payment;
  readonly response: CancelPaymentResponse;
  /** What goes with it. */
  readonly writes: readonly Write[];
}

function calledOff(deps: PaymentDeps, payment: Payment): Cancelled {
  const now = deps.clock();
  const after = settledAs(payment, 'CANCELLED', { now });
  const response = create(CancelPaymentResponseSchema, {
    status: statusOf(after.state),
    cancelledAt: timestampOf(now),
    refundedAmount: moneyOf(0, payment.currency),
  });
  return { after, response, writes: paymentNews(deps, after, now) };
}

async function refunded(
  deps: PaymentDeps,
  payment: Payment,
  request: CancelPaymentRequest,
  call: Call,
  nested: CallOptions,
): Promise<Cancelled> {
  const buyer = call.caller.actsForAnyone ? undefined : await buyerTerms(deps, payment);
  const { after, refund, writes } = await refundPayment(deps, payment, refundWishOf(request), nested, buyer);
  const response = create(CancelPaymentResponseSchema, {
    status: statusOf(after.state),
    cancelledAt: timestampOf(refund.refundedAt),
    refundedAmount: moneyOf(refund.amount, payment.currency),
    refundId: refund.id,
  });
  return { after, response, writes };
}

/** Tickets are taken back until their event starts, and always where it does not take place. */
async function buyerTerms({ clock, events }: PaymentDeps, { eventId }: Payment): Promise<BuyerTerms> {
  const { startTime, status } = await events.get(eventId);
  return {
    now: clock(),
    refundableUntil: status === SaleStatus.CANCELLED ? undefined : msOf(startTime),
  };
}
