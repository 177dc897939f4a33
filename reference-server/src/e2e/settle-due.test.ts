import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { paymentTable } from '../services/payment/index.ts';
import { reservationTable } from '../services/reservation/index.ts';
import { ConditionFailed, type Store } from '../store/index.ts';
import { timerTable } from '../timers/index.ts';
import { eventually, held } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { startReceiver } from './receiver.ts';
import { putOnSale, saleOf } from './sale.ts';
import { serveOn } from './serve.ts';

test('an intent whose hold others kept changing is paid a little later', async () => {
  const clock = adjustableClock();
  const shared = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => shared.close());
  let isContended = false;
  const store: Store = {
    ...shared,
    async transact(writes) {
      const contested = writes.find(({ table }) => table.name === reservationTable.name);
      if (isContended && contested !== undefined) {
        throw new ConditionFailed([{ index: 0, table: reservationTable.name, key: contested.key }]);
      }
      return shared.transact(writes);
    },
  };
  const served = await serveOn({
    store,
    clock: clock.now,
    worker: true,
    settings: { paymentDelayMs: 5_000, holdSecondsToPay: 60 },
  });
  await putOnSale(served, saleOf({ now: clock.now() }));
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const { paymentIntentId } = await served.payments.createPaymentIntent({
    reservationId,
    userId: 'ann',
    webhookUrl: (await startReceiver()).url,
  });
  isContended = true;
  clock.advance(5_000);
  const dueAt = await eventually(async () => {
    const timer = await store.get(timerTable, `payment-due/${paymentIntentId}`);
    expect(timer?.value.attempts).toBe(1);
    return timer?.value.dueAt ?? 0;
  });
  expect((await store.get(paymentTable, paymentIntentId))?.value.plan).toBeDefined();

  isContended = false;
  clock.advance(dueAt - clock.now());
  await eventually(async () =>
    expect((await store.get(paymentTable, paymentIntentId))?.value.state).toBe('COMPLETED'),
  );
});
