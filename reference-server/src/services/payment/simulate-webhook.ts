import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import {
  PaymentStatus,
  type SimulateWebhookRequest,
  type SimulateWebhookResponse,
  SimulateWebhookResponseSchema,
} from '@traffic-tacos/contracts/payment/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import type { Payment, PaymentPlan, PaymentState, SimulatedState } from '../../domain/payment/payment.ts';
import { contended } from '../shared/contended.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import type { PaymentDeps } from './deps.ts';
import { statusOf } from './messages.ts';
import { currentState, paymentOf, putPayment, timerWrites } from './payment-record.ts';
import { simulated } from './simulate.ts';

/** Has the simulator bring an intent to a state, and tell about it as a provider would. */
export async function simulateWebhook(
  deps: PaymentDeps,
  request: SimulateWebhookRequest,
  call: Call,
  nested: CallOptions,
): Promise<SimulateWebhookResponse> {
  return contended(`payment intent ${request.paymentIntentId}`, async () => {
    const item = await paymentOf(deps, request.paymentIntentId, () => true);
    const { plan: _, ...payment } = item.value;
    const state = await currentState(deps, payment, nested);
    const now = deps.clock();
    const wish = {
      force: request.forceTrigger,
      ...(request.targetStatus !== PaymentStatus.UNSPECIFIED && {
        target: PaymentStatus[request.targetStatus] as SimulatedState,
      }),
    };
    const made = await simulated(deps, payment, state, wish, nested);
    if (made === undefined) {
      throw unreachable(payment, state, wish);
    }
    const at = now + request.delaySeconds * 1000;
    // Whether it is possible is known now; what it is then, is found out then.
    const planned: Payment = { ...payment, plan: { at, ...wish } };
    const next = request.delaySeconds === 0 ? made : { payment: planned, writes: [] };
    const webhookId = deps.webhooks.idOf({ ...made.payment, state: stateAfter(made.payment, state) });
    const response = create(SimulateWebhookResponseSchema, {
      webhookSent: webhookId !== '',
      webhookId,
      scheduledAt: timestampOf(at),
    });
    await deps.store.transact([
      putPayment(next.payment, { version: item.version }),
      ...next.writes,
      ...timerWrites(item.value, next.payment),
      ...recorded(call, response),
    ]);
    return response;
  });
}

/** An intent that has expired by itself has not been told so. */
function stateAfter({ state }: Payment, before: PaymentState): PaymentState {
  return state === 'PENDING' ? before : state;
}

function unreachable(payment: Payment, state: PaymentState, { target }: Pick<PaymentPlan, 'target'>) {
  const isThere = target === undefined || target === state;
  return refuse(
    'FAILED_PRECONDITION',
    isThere
      ? `payment intent "${payment.intentId}" is ${state.toLowerCase()} already; force_trigger sends the webhook again`
      : `payment intent "${payment.intentId}" is ${state.toLowerCase()}, which does not lead to ${target.toLowerCase()}`,
    [{ field: 'target_status', reason: `PAYMENT_${state}`, value: PaymentStatus[statusOf(state)] ?? '' }],
  );
}
