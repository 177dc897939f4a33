import { emit } from '../../events/index.ts';
import { put } from '../../store/index.ts';
import { clearTimer } from '../../timers/index.ts';
import { contended } from '../shared/contended.ts';
import type { PaymentDeps } from './deps.ts';
import { paymentEvent } from './payment-record.ts';
import { settledPayment } from './process-payment.ts';
import { paymentTable } from './tables.ts';

/**
 * Lets the gateway answer a payment that it took its time for: a delayed one is approved, one that timed out
 * has failed. Doing it again changes nothing.
 */
export async function settleDuePayment(deps: PaymentDeps, intentId: string): Promise<void> {
  await contended(`payment intent ${intentId}`, async () => {
    const item = await deps.store.get(paymentTable, intentId);
    const now = deps.clock();
    if (item === undefined || item.value.state !== 'PROCESSING') {
      await deps.store.transact([clearTimer('payment-due', intentId)]);
      return;
    }
    const settled = settledPayment(item.value, item.value.scenario === 'DELAY', now);
    await deps.store.transact([
      put(paymentTable, intentId, settled, { if: { version: item.version } }),
      clearTimer('payment-due', intentId),
      emit(paymentEvent(settled, now)),
    ]);
  });
}
