import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { expect, test } from 'vitest';
import { paymentTable } from '../services/payment/index.ts';
import { eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { startReceiver } from './receiver.ts';
import { refusalOf } from './refusal.ts';
import { type Sale, sharedSale } from './shared-sale.ts';

const sale = sharedSale({ paymentDelayMs: 5_000 });

const callOff = async ({ catalog, eventId }: Sale) => {
  const { error } = await catalog.updateEvent({
    event: { id: eventId, status: SaleStatus.CANCELLED },
    updateMask: { paths: ['status'] },
  });
  expect(error).toBeUndefined();
};

test('nobody starts to pay for an event that was called off', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  const unbegun = await held(served, { userId: 'bob', seatIds: ['A2'] });
  await callOff(served);

  const paid = await served.payments.processPayment({ paymentIntentId });
  expect(refusalOf(paid)).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['payment_intent_id EVENT_CANCELLED'],
  });
  const intent = await served.payments.createPaymentIntent({ reservationId: unbegun, userId: 'bob' });
  expect(refusalOf(intent)).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['reservation_id EVENT_CANCELLED'],
  });
  const { payment } = await served.payments.getPaymentStatus({ paymentIntentId, userId: 'ann' });
  expect(payment?.status).toBe(PaymentStatus.PENDING);
  expect((await seatsByStatus(served)).SOLD).toEqual([]);
});

test('the simulator does not pay for it by itself, either', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const { paymentIntentId } = await served.payments.createPaymentIntent({
    reservationId,
    userId: 'ann',
    scenario: PaymentScenario.APPROVE,
    webhookUrl: (await startReceiver()).url,
  });
  await callOff(served);
  served.clock.advance(5_000);
  await eventually(async () => {
    const { value } = (await served.store.get(paymentTable, paymentIntentId)) ?? {};
    expect(value).toMatchObject({ state: 'PENDING' });
    expect(value?.plan).toBeUndefined();
  });
});
