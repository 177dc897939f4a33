import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import {
  type CancelPaymentRequest,
  type CancelPaymentResponse,
  CancelPaymentResponseSchema,
} from '@traffic-tacos/contracts/payment/v1';
import type { Call } from '@traffic-tacos/server';
import type { Payment } from '../../domain/payment/payment.ts';
import { planRefund, refunded } from '../../domain/payment/refund.ts';
import { emit } from '../../events/index.ts';
import { put, type Write } from '../../store/index.ts';
import { contended } from '../shared/contended.ts';
import { moneyOf } from '../shared/money.ts';
import { derivedId } from '../shared/new-id.ts';
import { mayAccess } from '../shared/owner.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import { boughtSeats } from './bought-seats.ts';
import type { PaymentDeps } from './deps.ts';
import { statusOf } from './messages.ts';
import { currentState, paymentOf, refundEvent, wrongState } from './payment-record.ts';
import { refundRefused, refundWishOf } from './refund-messages.ts';
import { paymentTable } from './tables.ts';

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
    const { after, response, events } =
      state === 'PENDING' ? calledOff(payment, deps.clock()) : await refund(deps, payment, request, nested);
    await deps.store.transact([
      put(paymentTable, payment.intentId, after, { if: { version: item.version } }),
      ...events,
      ...recorded(call, response),
    ]);
    return response;
  });
}

interface Cancelled {
  readonly after: Payment;
  readonly response: CancelPaymentResponse;
  readonly events: readonly Write[];
}

function calledOff(payment: Payment, now: number): Cancelled {
  const response = create(CancelPaymentResponseSchema, {
    status: statusOf('CANCELLED'),
    cancelledAt: timestampOf(now),
    refundedAmount: moneyOf(0, payment.currency),
  });
  return { after: { ...payment, state: 'CANCELLED', updatedAt: now }, response, events: [] };
}

async function refund(
  deps: PaymentDeps,
  payment: Payment,
  request: CancelPaymentRequest,
  nested: CallOptions,
): Promise<Cancelled> {
  const seats = await boughtSeats(deps, payment, nested);
  const planned = planRefund(payment, seats, refundWishOf(request));
  if (!planned.ok) {
    throw refundRefused(payment, planned.refusal);
  }
  const { plan } = planned;
  const now = deps.clock();
  const refundId = derivedId('ref', payment.intentId, String(payment.refunds?.length ?? 0));
  const after = refunded(payment, refundId, plan, now);
  const response = create(CancelPaymentResponseSchema, {
    status: statusOf(after.state),
    cancelledAt: timestampOf(now),
    refundedAmount: moneyOf(plan.amount, payment.currency),
    refundId,
  });
  const made = { id: refundId, amount: plan.amount, seatIds: plan.seatIds, refundedAt: now };
  return { after, response, events: [emit(refundEvent(after, made))] };
}
