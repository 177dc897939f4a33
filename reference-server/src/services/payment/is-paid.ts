import type { PaymentDeps } from './deps.ts';
import { currentIntentTable, paymentTable } from './tables.ts';

/** Whether a reservation is paid, confirmed or not. */
export async function isPaid({ store }: Pick<PaymentDeps, 'store'>, reservationId: string): Promise<boolean> {
  const intent = await store.get(currentIntentTable, reservationId);
  const payment = intent && (await store.get(paymentTable, intent.value.intentId));
  return payment?.value.state === 'COMPLETED';
}
