import type { CallOptions } from '@connectrpc/connect';
import { CallFailure } from '@traffic-tacos/server';
import type { Payment, PaymentPlan } from '../../domain/payment/payment.ts';
import type { Item, Write } from '../../store/index.ts';
import { clearTimer } from '../../timers/index.ts';
import { contended } from '../shared/contended.ts';
import { mayPass } from '../shared/may-pass.ts';
import type { PaymentDeps } from './deps.ts';
import { currentState, nextTimer, paymentNews, putPayment } from './payment-record.ts';
import { begunPayment, holdLongEnough, settledPayment } from './process-payment.ts';
import { simulated } from './simulate.ts';
import { paymentTable } from './tables.ts';

/** Calls that no client waits for. */
const UNATTENDED: CallOptions = {};

/**
 * Lets the gateway do what it is time for: answer a payment that it took its time for (a delayed one is approved, one
 * that timed out has failed), pay an intent that nobody has paid, or what it was told to. Doing it again changes
 * nothing.
 */
export async function settleDuePayment(deps: PaymentDeps, intentId: string): Promise<void> {
  await contended(`payment intent ${intentId}`, async () => {
    const item = await deps.store.get(paymentTable, intentId);
    if (item === undefined) {
      await deps.store.transact([clearTimer('payment-due', intentId)]);
      return;
    }
    const { payment, writes } = await afterDue(deps, item);
    await deps.store.transact([
      putPayment(payment, { version: item.version }),
      nextTimer(payment),
      ...writes,
    ]);
  });
}

/** The payment after one thing that is due. */
async function afterDue(
  deps: PaymentDeps,
  { value: payment }: Item<Payment>,
): Promise<{ readonly payment: Payment; readonly writes: readonly Write[] }> {
  const now = deps.clock();
  const { plan, state, dueAt = now } = payment;
  if (plan !== undefined && plan.at <= now) {
    return carriedOut(deps, payment, plan, now);
  }
  if (state === 'PROCESSING' && dueAt <= now) {
    const settled = settledPayment(payment, payment.scenario === 'DELAY', now);
    return { payment: settled, writes: paymentNews(deps, settled, now) };
  }
  return { payment, writes: [] };
}

async function carriedOut(
  deps: PaymentDeps,
  former: Payment,
  plan: PaymentPlan,
  now: number,
): Promise<{ readonly payment: Payment; readonly writes: readonly Write[] }> {
  const { plan: _, ...payment } = former;
  const state = await currentState(deps, payment, UNATTENDED);
  if (plan.target !== undefined || plan.force) {
    return (await simulated(deps, payment, state, plan, UNATTENDED)) ?? { payment, writes: [] };
  }
  if (state !== 'PENDING') {
    return { payment, writes: [] };
  }
  try {
    await holdLongEnough(deps, payment, UNATTENDED);
  } catch (error) {
    // There is nothing to pay for: the intent ends with its reservation. Whatever may pass is tried again.
    if (error instanceof CallFailure && !mayPass(error.code)) {
      return { payment, writes: [] };
    }
    throw error;
  }
  return begunPayment(deps, payment, now);
}
