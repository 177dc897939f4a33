import { create } from '@bufbuild/protobuf';
import { type CallOptions, Code, ConnectError } from '@connectrpc/connect';
import {
  type CancelPaymentRequest,
  type CancelPaymentResponse,
  CancelPaymentResponseSchema,
} from '@traffic-tacos/contracts/payment/v1';
import type { Call } from '@traffic-tacos/server';
import type { Payment } from '../../domain/payment/payment.ts';
import { settledAs } from '../../domain/payment/settle.ts';
import { put } from '../../store/index.ts';
import { contended } from '../shared/contended.ts';
import { moneyOf } from '../shared/money.ts';
import { derivedId } from '../shared/new-id.ts';
import { mayAccess } from '../shared/owner.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import type { PaymentDeps } from './deps.ts';
import { statusOf } from './messages.ts';
import { currentState, paymentNews, paymentOf, wrongState } from './payment-record.ts';
import { paymentTable } from './tables.ts';

/**
 * Calls off an intent nobody has paid. A completed payment is refunded in full when it bought nothing, because
 * its hold had lapsed; refunds of sold seats are not made by this server.
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
    const now = deps.clock();
    if (state !== 'PENDING' && state !== 'COMPLETED') {
      throw wrongState(payment, state, 'a pending or a completed one');
    }
    if (state === 'COMPLETED') {
      refuseBuyersRefund(request, call);
    }
    const cancelled = state === 'PENDING' ? calledOff(payment, now) : refunded(payment, now);
    const response = create(CancelPaymentResponseSchema, {
      status: statusOf(cancelled.state),
      cancelledAt: timestampOf(now),
      refundedAmount: moneyOf(cancelled.refundedAmount ?? 0, payment.currency),
      refundId: cancelled.refundId ?? '',
    });
    await deps.store.transact([
      put(paymentTable, payment.intentId, cancelled, { if: { version: item.version } }),
      ...paymentNews(deps, cancelled, now),
      ...recorded(call, response),
    ]);
    return response;
  });
}

function calledOff(payment: Payment, now: number): Payment {
  return settledAs(payment, 'CANCELLED', { now });
}

function refunded(payment: Payment, now: number): Payment {
  const refundId = derivedId('ref', payment.intentId);
  return { ...payment, state: 'REFUNDED', updatedAt: now, refundId, refundedAmount: payment.amount };
}

/**
 * Only a service may have money sent back, after the inventory has said that it bought nothing: what a
 * reservation looks like in between proves nothing.
 */
function refuseBuyersRefund(request: CancelPaymentRequest, call: Call): void {
  if (call.caller.kind !== 'service' || request.seatIds.length > 0 || request.refundAmount !== undefined) {
    throw new ConnectError(
      'this server does not refund tickets that are sold, or parts of a payment',
      Code.Unimplemented,
    );
  }
}
