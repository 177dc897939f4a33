import { PaymentWebhookStatus, PaymentWebhookType } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentScenario } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { deadLetters, deadLetterTable } from '../deliveries/index.ts';
import { remove } from '../store/index.ts';
import { timerSource } from '../timers/index.ts';
import { audit } from './audit.ts';
import { bought, eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { paidNews, post, reservationIs, signed, stateOf, unpaid, webhookSale } from './payment-news.ts';
import type { Sale } from './shared-sale.ts';

const sale = webhookSale();

/** Posts news as its provider does. */
const tell = (served: Sale, booking: Parameters<typeof paidNews>[1], data: object = {}) => {
  const news = paidNews(served, booking, { data });
  return post(served, news.body, signed(served, news));
};

const refundTold = (served: Sale, booking: Parameters<typeof paidNews>[1], amount: bigint | undefined) => {
  const news = paidNews(served, booking, {
    news: { eventType: PaymentWebhookType.REFUNDED },
    data: {
      status: PaymentWebhookStatus.REFUNDED,
      amount: amount === undefined ? undefined : { amount, currency: 'KRW' },
    },
  });
  return post(served, news.body, signed(served, news));
};

const booksAgree = ({ store, clock }: Sale) =>
  eventually(async () => expect((await audit(store, clock.now(), 10)).violations).toEqual([]));
const paymentIs = (served: Sale, intentId: string, state: string) =>
  eventually(async () => expect(await stateOf(served, intentId)).toBe(state));
const letters = async ({ store }: Sale) =>
  (await store.query(deadLetterTable, 'by_time', { partition: 'all', limit: 100 })).items.map(
    ({ value }) => value,
  );

test('money that comes after the hold has lapsed is booked, and refunded in full', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  served.clock.advance(61_000);
  expect((await tell(served, booking)).answer.accepted).toBe(true);
  await paymentIs(served, booking.paymentIntentId, 'REFUNDED');
  expect((await seatsByStatus(served)).SOLD).toEqual([]);
  await booksAgree(served);
});

test('money that comes after the platform gave the payment up buys the seats if they are still held', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann', PaymentScenario.TIMEOUT);
  await served.payments.processPayment({ paymentIntentId });
  served.clock.advance(31_000);
  await paymentIs(served, paymentIntentId, 'FAILED');

  expect(await tell(served, { reservationId, paymentIntentId })).toMatchObject({
    status: 200,
    answer: { accepted: true, correlationId: `${paymentIntentId}/approved` },
  });
  await reservationIs(served, reservationId, ReservationStatus.CONFIRMED);
  expect(await stateOf(served, paymentIntentId)).toBe('COMPLETED');
  await booksAgree(served);
});

test('money for a failed payment whose hold has lapsed is refunded in full', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  expect((await tell(served, booking, { status: PaymentWebhookStatus.FAILED })).status).toBe(200);
  expect(await stateOf(served, booking.paymentIntentId)).toBe('FAILED');
  served.clock.advance(61_000);
  expect((await tell(served, booking)).answer.accepted).toBe(true);
  await paymentIs(served, booking.paymentIntentId, 'REFUNDED');
  expect((await seatsByStatus(served)).SOLD).toEqual([]);
  await booksAgree(served);
});

test('who pays a replaced intent, too, gets that money back, and keeps the seats they bought', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const former = await intentFor(served, reservationId, 'ann');
  const latter = await intentFor(served, reservationId, 'ann', PaymentScenario.DELAY);
  expect(await stateOf(served, former)).toBe('CANCELLED');
  // Nobody has paid it, says the network in its own way: that is known.
  const told = { status: PaymentWebhookStatus.FAILED };
  expect((await tell(served, { reservationId, paymentIntentId: former }, told)).status).toBe(200);
  expect(await stateOf(served, former)).toBe('CANCELLED');

  expect((await tell(served, { reservationId, paymentIntentId: latter })).status).toBe(200);
  await reservationIs(served, reservationId, ReservationStatus.CONFIRMED);
  expect((await tell(served, { reservationId, paymentIntentId: former })).status).toBe(200);
  await paymentIs(served, former, 'REFUNDED');
  expect(await stateOf(served, latter)).toBe('COMPLETED');
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);
  await booksAgree(served);
});

test('news that cannot be booked is refused by its status, and waits among the dead letters until it can', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  const early = paidNews(served, booking, {
    news: { eventType: PaymentWebhookType.REFUNDED },
    data: { status: PaymentWebhookStatus.REFUNDED },
  });
  const headers = signed(served, early);
  expect(await post(served, early.body, headers)).toMatchObject({
    status: 400,
    refusal: { code: 'FAILED_PRECONDITION', details: ['payment_intent_id PAYMENT_PENDING'] },
  });
  expect(await letters(served)).toMatchObject([
    { name: 'payment-news', subject: early.id, error: expect.stringContaining('expected a completed one') },
  ]);

  // Delivered again once it can be booked: it is not refused because it was before.
  expect((await tell(served, booking)).status).toBe(200);
  await reservationIs(served, booking.reservationId, ReservationStatus.CONFIRMED);
  expect(await post(served, early.body, headers)).toMatchObject({ status: 200, replayed: null });
  expect(await stateOf(served, booking.paymentIntentId)).toBe('REFUNDED');
  expect(await letters(served)).toEqual([]);
  await booksAgree(served);
});

test('an operator has news taken in again that nobody delivers any more', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  const early = await refundTold(served, booking, 50_000n);
  expect(early.status).toBe(400);
  const unknown = await tell(served, { ...booking, paymentIntentId: 'pi_of_nobody' });
  expect(unknown.status).toBe(404);
  expect(await letters(served)).toHaveLength(2);
  expect((await tell(served, booking)).status).toBe(200);
  await reservationIs(served, booking.reservationId, ReservationStatus.CONFIRMED);

  const givenUp = deadLetters({ store: served.store, clock: served.clock.now, sources: [timerSource] });
  expect(await givenUp.replayAll()).toBe(2);
  await paymentIs(served, booking.paymentIntentId, 'REFUNDED');
  // What still is of nobody is given up again.
  await eventually(async () =>
    expect(await letters(served)).toMatchObject([{ error: expect.stringContaining('pi_of_nobody') }]),
  );
  const [letter] = await letters(served);
  await served.store.transact([remove(deadLetterTable, letter?.id ?? '')]);
});

test('news of a refund that the platform has made changes nothing; that of all the money finishes it', async () => {
  const served = await sale();
  const booking = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const { paymentIntentId } = booking;
  await served.payments.cancelPayment({ paymentIntentId, seatIds: ['A2'] });
  await eventually(async () => expect((await seatsByStatus(served)).SOLD).toEqual(['A1']));
  await booksAgree(served);

  expect(await refundTold(served, booking, 50_000n)).toMatchObject({
    status: 200,
    answer: { accepted: true },
  });
  expect(await stateOf(served, paymentIntentId)).toBe('COMPLETED');
  for (const unclear of [20_000n, undefined]) {
    expect(await refundTold(served, booking, unclear)).toMatchObject({
      status: 400,
      refusal: { code: 'PAYMENT_NOT_APPROVED' },
    });
  }
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);

  expect((await refundTold(served, booking, 100_000n)).status).toBe(200);
  await eventually(async () => expect((await seatsByStatus(served)).SOLD).toEqual([]));
  expect(await stateOf(served, paymentIntentId)).toBe('REFUNDED');
  expect((await refundTold(served, booking, 100_000n)).status).toBe(200);
  await reservationIs(served, booking.reservationId, ReservationStatus.REFUNDED);
});
