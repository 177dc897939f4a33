import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import {
  PaymentResultType,
  ProcessingStatus,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { paymentTable } from '../services/payment/index.ts';
import { audit } from './audit.ts';
import { eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { serveOn } from './serve.ts';

test('a second payment of a reservation that another has bought never refunds the seats of that one', async () => {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => store.close());
  const served = await serveOn({ store, clock: clock.now, worker: false });
  await putOnSale(served, saleOf({ now: clock.now() }));
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const replaced = await intentFor(served, reservationId, 'ann', PaymentScenario.DELAY);
  const current = await intentFor(served, reservationId, 'ann');
  await served.payments.processPayment({ paymentIntentId: current });
  const confirmed = await served.reservations.confirmReservation({
    reservationId,
    paymentIntentId: current,
    userId: 'ann',
  });
  expect(confirmed.error).toBeUndefined();
  // The buyer pays the intent that was replaced, too, and nobody has drawn the consequence yet.
  await served.payments.simulateWebhook({
    paymentIntentId: replaced,
    targetStatus: PaymentStatus.COMPLETED,
  });

  const bySeat = await served.payments.cancelPayment({ paymentIntentId: replaced, seatIds: ['A1'] });
  expect(refusalOf(bySeat)?.details).toEqual(['seat_ids SEAT_NOT_PAID']);
  const inFull = await served.payments.cancelPayment({ paymentIntentId: replaced });
  expect(inFull).toMatchObject({ status: PaymentStatus.REFUNDED, refundedAmount: { amount: 100_000n } });
  expect((await store.get(paymentTable, replaced))?.value.refunds).toMatchObject([{ seatIds: [] }]);

  const told = await served.worker.processPaymentResult({
    reservationId,
    paymentIntentId: replaced,
    resultType: PaymentResultType.REFUNDED,
    correlationId: crypto.randomUUID(),
  });
  expect(told).toMatchObject({ status: ProcessingStatus.SKIPPED, affectedSeats: [] });
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1', 'A2']);

  await serveOn({ store, clock: clock.now, worker: true });
  await eventually(async () => expect((await audit(store, clock.now(), 10)).violations).toEqual([]));
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1', 'A2']);
  const { reservation } = await served.reservations.getReservation({ reservationId, userId: 'ann' });
  expect(reservation).toMatchObject({ status: ReservationStatus.CONFIRMED, paymentIntentId: current });
});
