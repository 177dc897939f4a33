import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import {
  PaymentResultType,
  ProcessingStatus,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { paymentTable } from '../services/payment/index.ts';
import { bought, eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { refusalOf } from './refusal.ts';
import { PRICE, putOnSale, saleOf } from './sale.ts';
import { type Served, serveOn } from './serve.ts';
import { type Sale, sharedSale } from './shared-sale.ts';

const HOLD_MS = 60_000;

const sale = sharedSale({
  paymentDelayMs: 5_000,
  paymentTimeoutMs: 20_000,
  paymentApprovalRate: 0,
  holdSecondsToPay: 30,
});
/** Where a delayed payment arrives after its hold. */
const slowSale = sharedSale({ paymentDelayMs: 2 * HOLD_MS, paymentApprovalRate: 1 });

const recordOf = async ({ store }: Sale, intentId: string) =>
  (await store.get(paymentTable, intentId))?.value;

/** Has the gateway decide about a new hold of one seat. */
async function pay(served: Sale, seatId: string, scenario?: PaymentScenario) {
  const reservationId = await held(served, { userId: 'ann', seatIds: [seatId] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann', scenario);
  const answer = await served.payments.processPayment({ paymentIntentId });
  return { reservationId, paymentIntentId, answer };
}

const statusOf = async ({ payments }: Sale, paymentIntentId: string) =>
  (await payments.getPaymentStatus({ paymentIntentId, userId: 'ann' })).payment?.status;

const reservationOf = async ({ reservations }: Served, reservationId: string) =>
  (await reservations.getReservation({ reservationId, userId: 'ann' })).reservation;

/** Waits for what the worker makes of a payment or a reservation. */
const paymentIs = (served: Sale, id: string, status: PaymentStatus) =>
  eventually(async () => expect(await statusOf(served, id)).toBe(status));
const reservationIs = (served: Sale, id: string, status: ReservationStatus) =>
  eventually(async () => expect((await reservationOf(served, id))?.status).toBe(status));

test.each([
  ['unspecified', undefined],
  ['approve', PaymentScenario.APPROVE],
])('%s: the payment completes at once, and the worker confirms what it paid for', async (_name, scenario) => {
  const served = await sale();
  const { reservationId, paymentIntentId, answer } = await pay(served, 'A1', scenario);

  expect(answer).toMatchObject({
    status: PaymentStatus.COMPLETED,
    result: { success: true, responseCode: 0, gatewayResponse: 'APPROVED' },
  });
  await reservationIs(served, reservationId, ReservationStatus.CONFIRMED);
  expect(await recordOf(served, paymentIntentId)).toMatchObject({ state: 'COMPLETED', amount: 50_000 });
  const again = await served.payments.processPayment({ paymentIntentId });
  expect(refusalOf(again)).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['payment_intent_id PAYMENT_COMPLETED'],
  });
});

test('fail: nothing is confirmed, the hold stays, and can be paid for in another way', async () => {
  const served = await sale();
  const { reservationId, paymentIntentId, answer } = await pay(served, 'A1', PaymentScenario.FAIL);

  expect(answer).toMatchObject({ status: PaymentStatus.FAILED, result: { success: false, responseCode: 5 } });
  expect(refusalOf(answer)).toMatchObject({
    code: 'PAYMENT_NOT_APPROVED',
    details: ['payment_intent_id PAYMENT_DECLINED'],
  });
  const who = { reservationId, userId: 'ann' };
  const unpaid = await served.reservations.confirmReservation({ ...who, paymentIntentId });
  expect(refusalOf(unpaid)).toMatchObject({
    code: 'PAYMENT_NOT_APPROVED',
    details: ['payment_intent_id PAYMENT_FAILED'],
  });
  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.HOLD);

  const second = await intentFor(served, reservationId, 'ann');
  await served.payments.processPayment({ paymentIntentId: second });
  const paid = await served.reservations.confirmReservation({ ...who, paymentIntentId: second });
  expect(paid.status).toBe(ReservationStatus.CONFIRMED);
});

test('delay: the payment is processing until its time has come, and then confirms', async () => {
  const served = await sale();
  const { reservationId, paymentIntentId, answer } = await pay(served, 'A1', PaymentScenario.DELAY);

  expect(answer.status).toBe(PaymentStatus.PROCESSING);
  const early = await served.reservations.confirmReservation({
    reservationId,
    paymentIntentId,
    userId: 'ann',
  });
  expect(refusalOf(early)).toMatchObject({
    code: 'PAYMENT_NOT_APPROVED',
    details: ['payment_intent_id PAYMENT_PROCESSING'],
  });
  const other = await served.payments.createPaymentIntent({ reservationId, userId: 'ann' });
  expect(refusalOf(other)?.code).toBe('FAILED_PRECONDITION');

  served.clock.advance(5_000);
  await paymentIs(served, paymentIntentId, PaymentStatus.COMPLETED);
  await reservationIs(served, reservationId, ReservationStatus.CONFIRMED);
});

test('timeout: the payment fails when the gateway has not answered for long enough', async () => {
  const served = await sale();
  const { reservationId, paymentIntentId, answer } = await pay(served, 'A1', PaymentScenario.TIMEOUT);
  expect(answer.status).toBe(PaymentStatus.PROCESSING);

  served.clock.advance(20_000);
  await paymentIs(served, paymentIntentId, PaymentStatus.FAILED);
  const { payment } = await served.payments.getPaymentStatus({ paymentIntentId, userId: 'ann' });
  expect(payment?.result).toMatchObject({ success: false, gatewayResponse: 'NO_ANSWER', responseCode: 91 });
  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.HOLD);
});

test.each([
  [0, PaymentStatus.FAILED, sale],
  [1, PaymentStatus.COMPLETED, slowSale],
])('random, with a share of %d approved', async (_share, expected, start) => {
  const served = await start();
  for (const seat of ['A1', 'A2', 'A3', 'A4']) {
    expect((await pay(served, seat, PaymentScenario.RANDOM)).answer.status).toBe(expected);
  }
});

test('the hold is prolonged once for a payment that starts shortly before its end', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann', PaymentScenario.DELAY);
  served.clock.advance(HOLD_MS - 1_000);
  await served.payments.processPayment({ paymentIntentId });

  served.clock.advance(5_000);
  await reservationIs(served, reservationId, ReservationStatus.CONFIRMED);
});

/** A payment that arrives after its hold has lapsed, with something happening in between. */
async function latePayment(meanwhile: (served: Sale, reservationId: string) => Promise<void>) {
  const served = await slowSale();
  const { reservationId, paymentIntentId } = await pay(served, 'A1', PaymentScenario.DELAY);
  await meanwhile(served, reservationId);
  served.clock.advance(HOLD_MS);
  await paymentIs(served, paymentIntentId, PaymentStatus.REFUNDED);
  expect(await recordOf(served, paymentIntentId)).toMatchObject({
    state: 'REFUNDED',
    amount: 50_000,
    refundedAmount: 50_000,
    refunds: [{ id: expect.stringMatching(/^ref_/), amount: 50_000, seatIds: [] }],
  });
  return { served, reservationId, paymentIntentId };
}

test('a payment that arrives after its seat was sold to another is refunded and changes nothing else', async () => {
  let order = '';
  const { served, reservationId } = await latePayment(async (during) => {
    during.clock.advance(HOLD_MS);
    order = (await bought(during, { userId: 'bob', seatIds: ['A1'] })).orderId;
  });

  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.EXPIRED);
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);
  const { reservations } = await served.reservations.listReservations({
    userId: 'bob',
    eventId: served.eventId,
  });
  expect(reservations).toMatchObject([{ orderId: order, status: ReservationStatus.CONFIRMED }]);
});

test('a payment that arrives after its hold lapsed is refunded although its seat is still free', async () => {
  const { served, reservationId, paymentIntentId } = await latePayment(async (during) => {
    during.clock.advance(HOLD_MS);
  });

  expect((await seatsByStatus(served)).SOLD).toEqual([]);
  const confirmed = await served.reservations.confirmReservation({
    reservationId,
    paymentIntentId,
    userId: 'ann',
  });
  expect(confirmed.orderId).toBe('');
  expect(refusalOf(confirmed)?.code).toBe('RESERVATION_EXPIRED');
});

test('a payment that arrives after its reservation was cancelled is refunded', async () => {
  const { served, reservationId } = await latePayment(async (during, id) => {
    await during.reservations.cancelReservation({ reservationId: id, userId: 'ann' });
    during.clock.advance(HOLD_MS);
  });

  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.CANCELLED);
  expect((await seatsByStatus(served)).SOLD).toEqual([]);
});

test('a payment for seats of which some were given back is refunded', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann', PaymentScenario.DELAY);
  await served.payments.processPayment({ paymentIntentId });
  await served.inventory.releaseHold({ eventId: served.eventId, reservationId, seatIds: ['A2'] });

  served.clock.advance(5_000);
  await paymentIs(served, paymentIntentId, PaymentStatus.REFUNDED);
  expect((await seatsByStatus(served)).SOLD).toEqual([]);
});

test('SECURITY 28: an intent for another amount or currency is refused with both, and changes nothing', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  for (const amount of [
    { amount: 1n, currency: 'KRW' },
    { amount: PRICE.amount, currency: 'USD' },
  ]) {
    const { error } = await served.payments.createPaymentIntent({ reservationId, userId: 'ann', amount });
    expect(error?.details).toMatchObject([
      { field: 'amount', reason: 'AMOUNT_DIFFERS', value: `${amount.amount} ${amount.currency}` },
      { field: 'amount', reason: 'RESERVATION_TOTAL', value: '50000 KRW' },
    ]);
  }
  expect((await served.payments.listPayments({ userId: 'ann', reservationId })).payments).toEqual([]);
});

test('SECURITY 28: a payment confirms the reservation it was made for and no other', async () => {
  const served = await sale();
  const cheap = await pay(served, 'A1');
  const wanted = await held(served, { userId: 'ann', seatIds: ['A2', 'A3'] });
  const { paymentIntentId } = cheap;
  const confirmed = await served.reservations.confirmReservation({
    reservationId: wanted,
    paymentIntentId,
    userId: 'ann',
  });
  expect(refusalOf(confirmed)).toMatchObject({
    code: 'PAYMENT_NOT_APPROVED',
    details: ['payment_intent_id PAYMENT_NOT_FOUND'],
  });

  const told = await served.worker.processPaymentResult({
    reservationId: wanted,
    paymentIntentId,
    resultType: PaymentResultType.APPROVED,
  });
  expect(refusalOf(told)?.code).toBe('NOT_FOUND');
  expect((await reservationOf(served, wanted))?.status).toBe(ReservationStatus.HOLD);
});

test('SECURITY 28: "paid" with another amount, currency, intent or reservation changes nothing', async () => {
  // Without a worker of its own nobody but the test tells of the payment.
  const store = await openStore({ memory: true, data: '' }, Date.now);
  onTestFinished(() => store.close());
  const served = await serveOn({ store, clock: Date.now, worker: false });
  await putOnSale(served, saleOf({}));
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  const tell = (amount: { amount: bigint; currency: string }) =>
    served.worker.processPaymentResult({
      reservationId,
      paymentIntentId,
      resultType: PaymentResultType.APPROVED,
      eventData: { paymentIntentId, amount },
    });
  const refused = (details: string[]) => ({ code: 'PAYMENT_NOT_APPROVED', details });

  expect(refusalOf(await tell(PRICE))).toMatchObject(refused(['result_type PAYMENT_PENDING']));
  await served.payments.processPayment({ paymentIntentId });
  for (const amount of [
    { amount: 1n, currency: 'KRW' },
    { amount: PRICE.amount, currency: 'USD' },
  ]) {
    expect(refusalOf(await tell(amount))).toMatchObject(refused(['event_data.amount PAYMENT_AMOUNT']));
  }
  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.HOLD);

  const elsewhere = await served.worker.processPaymentResult({
    reservationId,
    paymentIntentId,
    resultType: PaymentResultType.APPROVED,
    eventData: { paymentIntentId: 'pi_other', amount: PRICE },
  });
  expect(refusalOf(elsewhere)?.details).toEqual(['event_data.payment_intent_id OTHER_PAYMENT']);
  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.HOLD);

  expect((await tell(PRICE)).status).toBe(ProcessingStatus.SUCCESS);
  const confirmed = await reservationOf(served, reservationId);
  expect(confirmed?.status).toBe(ReservationStatus.CONFIRMED);
  // Also when there is nothing left to do, an event that is not true is not called processed.
  const late = await tell({ amount: 1n, currency: 'KRW' });
  expect(late.status).toBe(ProcessingStatus.FAILED);
  expect(refusalOf(late)).toMatchObject(refused(['event_data.amount PAYMENT_AMOUNT']));
  expect(await reservationOf(served, reservationId)).toEqual(confirmed);
});

test('a reservation has one intent that can be paid', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const first = await intentFor(served, reservationId, 'ann');
  expect(await intentFor(served, reservationId, 'ann')).toBe(first);
  const second = await intentFor(served, reservationId, 'ann', PaymentScenario.FAIL);
  expect(second).not.toBe(first);

  expect(await statusOf(served, first)).toBe(PaymentStatus.CANCELLED);
  const paid = await served.payments.processPayment({ paymentIntentId: first });
  expect(refusalOf(paid)?.code).toBe('FAILED_PRECONDITION');
  expect(await recordOf(served, first)).toMatchObject({ state: 'CANCELLED' });
});
