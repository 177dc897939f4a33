import type { CallOptions } from '@connectrpc/connect';
import { startProcessing } from '../../domain/payment/gateway-simulator.ts';
import type { Payment, PaymentPlan, PaymentState, SimulatedState } from '../../domain/payment/payment.ts';
import { leadsTo, settledAs } from '../../domain/payment/settle.ts';
import type { Write } from '../../store/index.ts';
import { newId } from '../shared/new-id.ts';
import type { PaymentDeps } from './deps.ts';
import { paymentNews } from './payment-record.ts';
import { refundPayment } from './refund-payment.ts';

/** What the simulator makes of a payment. */
export interface Simulated {
  readonly payment: Payment;
  readonly writes: readonly Write[];
}

/**
 * A payment that the simulator has brought to a state, or let be and told about again.
 *
 * @param state - the payment's state as of now
 * @returns `undefined` when the state does not lead to the target
 */
export async function simulated(
  deps: PaymentDeps,
  payment: Payment,
  state: PaymentState,
  wish: Pick<PaymentPlan, 'target' | 'force'>,
  nested: CallOptions,
): Promise<Simulated | undefined> {
  if (state === 'COMPLETED' && wish.target === 'REFUNDED') {
    const { after, writes } = await refundPayment(deps, payment, { seatIds: [] }, nested);
    return { payment: after, writes };
  }
  return answeredBySimulator(deps, payment, state, wish, deps.clock());
}

function answeredBySimulator(
  deps: PaymentDeps,
  payment: Payment,
  state: PaymentState,
  { target, force }: Pick<PaymentPlan, 'target' | 'force'>,
  now: number,
): Simulated | undefined {
  const wanted = target ?? targetOf(deps, payment, state);
  if (state === wanted) {
    const as = { ...payment, state };
    return force ? { payment, writes: deps.webhooks.notice(as, now) } : undefined;
  }
  if (!leadsTo(state, wanted) || wanted === 'REFUNDED') {
    return undefined;
  }
  const { plan: _, ...rest } = payment;
  const started: Payment = { ...rest, paymentId: payment.paymentId ?? newId('pay') };
  if (wanted === 'PROCESSING') {
    const processing: Payment = {
      ...started,
      state: 'PROCESSING',
      updatedAt: now,
      // So that it does not stay there for ever.
      dueAt: now + deps.simulator.timeoutMs,
    };
    return {
      payment: processing,
      writes: deps.webhooks.notice(processing, now),
    };
  }
  const attempted = wanted === 'COMPLETED' || wanted === 'FAILED' ? started : rest;
  const settled = settledAs(attempted, wanted, {
    now,
    ...(wanted === 'COMPLETED' && { transactionId: newId('txn') }),
    timedOut: payment.scenario === 'TIMEOUT',
  });
  return { payment: settled, writes: paymentNews(deps, settled, now) };
}

/** The state that a scenario ends in; a payment that has ended stays what it is. */
function targetOf(deps: PaymentDeps, payment: Payment, state: PaymentState): SimulatedState {
  if (state !== 'PENDING' && state !== 'PROCESSING') {
    return state;
  }
  const verdict = startProcessing(payment.scenario, payment.intentId, deps.simulator);
  const isApproved = verdict.kind === 'answered' ? verdict.approved : payment.scenario === 'DELAY';
  return isApproved ? 'COMPLETED' : 'FAILED';
}
