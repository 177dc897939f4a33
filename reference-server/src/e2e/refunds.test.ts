import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import {
  PaymentResultType,
  ProcessingStatus,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { audit } from './audit.ts';
import { bought, eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { refusalOf } from './refusal.ts';
import { PRICE, putOnSale, saleOf } from './sale.ts';
import { serveOn } from './serve.ts';
import { type Sale, sharedSale } from './shared-sale.ts';

const sale = sharedSale({ paymentDelayMs: 5_000 });

const won = (amount: number) => ({ amount: BigInt(amount), currency: 'KRW' });

const reservationOf = async ({ reservations }: Sale, reservationId: string) =>
  (await reservations.getReservation({ reservationId, userId: 'ann' })).reservation;

/** Waits until the records of all services agree, and nothing is left to do. */
const booksAgree = ({ store, clock }: Sale) =>
  eventually(async () => expect((await audit(store, clock.now(), 10)).violations).toEqual([]));

/** Waits until some seats are on sale again, and nobody else's. */
const onSaleAgain = (served: Sale, sold: readonly string[]) =>
  eventually(async () => expect((await seatsByStatus(served)).SOLD).toEqual(sold));

test('a refund in full gives back the money and every seat, and another buyer gets them', async () => {
  const served = await sale();
  const { reservationId, paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const answer = await served.payments.cancelPayment({ paymentIntentId, reason: 'ill' });
  expect(answer).toMatchObject({
    status: PaymentStatus.REFUNDED,
    refundedAmount: won(100_000),
    refundId: expect.stringMatching(/^ref_/),
  });

  await onSaleAgain(served, []);
  await booksAgree(served);
  const reservation = await reservationOf(served, reservationId);
  expect(reservation).toMatchObject({ status: ReservationStatus.REFUNDED, seatIds: ['A1', 'A2'] });
  // What the contract says of the money stays as it was bought.
  expect(reservation?.totalAmount).toMatchObject(won(100_000));
  expect(reservation?.seats.map(({ status }) => status)).toEqual([
    SeatStatus.UNSPECIFIED,
    SeatStatus.UNSPECIFIED,
  ]);
  const again = await bought(served, { userId: 'bob', seatIds: ['A1', 'A2'] });
  expect(again.seatIds).toEqual(['A1', 'A2']);
  await booksAgree(served);
});

test('a refund by seat gives back that seat at its price; the others stay confirmed', async () => {
  const served = await sale();
  const { reservationId, paymentIntentId, orderId } = await bought(served, {
    userId: 'ann',
    seatIds: ['A1', 'A2', 'A3'],
  });
  const first = await served.payments.cancelPayment({ paymentIntentId, seatIds: ['A2'] });
  expect(first).toMatchObject({ status: PaymentStatus.COMPLETED, refundedAmount: PRICE });
  await onSaleAgain(served, ['A1', 'A3']);
  await booksAgree(served);
  const kept = await reservationOf(served, reservationId);
  expect(kept).toMatchObject({ status: ReservationStatus.CONFIRMED, orderId });
  expect(kept?.seats.map(({ status }) => status)).toEqual([
    SeatStatus.SOLD,
    SeatStatus.UNSPECIFIED,
    SeatStatus.SOLD,
  ]);

  const second = await served.payments.cancelPayment({ paymentIntentId, seatIds: ['A1', 'A3'] });
  expect(second).toMatchObject({ status: PaymentStatus.REFUNDED, refundedAmount: won(100_000) });
  expect(second.refundId).not.toBe(first.refundId);
  await onSaleAgain(served, []);
  await booksAgree(served);
  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.REFUNDED);
});

test('a refund by amount leaves the seats until it is the last of the money', async () => {
  const served = await sale();
  const { reservationId, paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const part = await served.payments.cancelPayment({ paymentIntentId, refundAmount: won(30_000) });
  expect(part).toMatchObject({ status: PaymentStatus.COMPLETED, refundedAmount: won(30_000) });
  await booksAgree(served);
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1', 'A2']);

  const rest = await served.payments.cancelPayment({ paymentIntentId });
  expect(rest).toMatchObject({ status: PaymentStatus.REFUNDED, refundedAmount: won(70_000) });
  await onSaleAgain(served, []);
  await booksAgree(served);
  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.REFUNDED);
});

test.each([
  ['a seat of somebody else', { seatIds: ['B1'] }, ['seat_ids SEAT_NOT_PAID']],
  [
    'more than was paid',
    { refundAmount: won(100_001) },
    ['refund_amount MORE_THAN_LEFT', 'refund_amount AMOUNT_LEFT'],
  ],
  ['another currency', { refundAmount: { amount: 1n, currency: 'USD' } }, ['refund_amount OTHER_CURRENCY']],
  [
    'another price than the seat has',
    { seatIds: ['A1'], refundAmount: won(1) },
    ['refund_amount AMOUNT_DIFFERS', 'refund_amount SEATS_COST'],
  ],
])('%s is not refunded, and nothing changes', async (_name, wish, details) => {
  const served = await sale();
  const { paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  await bought(served, { userId: 'bob', seatIds: ['B1'] });
  const answer = await served.payments.cancelPayment({ paymentIntentId, ...wish });

  expect(answer.status).toBe(PaymentStatus.COMPLETED);
  expect(refusalOf(answer)).toMatchObject({ code: 'FAILED_PRECONDITION', details });
  await booksAgree(served);
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1', 'A2', 'B1']);
});

test('a seat is refunded once', async () => {
  const served = await sale();
  const { paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => served.payments.cancelPayment({ paymentIntentId, seatIds: ['A1'] })),
  );
  const made = answers.filter(({ error }) => error === undefined);
  expect(made).toHaveLength(1);
  for (const answer of answers.filter(({ error }) => error !== undefined)) {
    expect(refusalOf(answer)?.details).toEqual(['seat_ids SEAT_REFUNDED']);
  }
  const full = await Promise.all(
    Array.from({ length: 20 }, () => served.payments.cancelPayment({ paymentIntentId })),
  );
  expect(full.filter(({ error }) => error === undefined)).toMatchObject([{ refundedAmount: PRICE }]);
  await onSaleAgain(served, []);
  await booksAgree(served);
});

test('a payment that is refunded before anybody confirmed it leaves neither ticket nor money behind', async () => {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => store.close());
  const served = { ...(await serveOn({ store, clock: clock.now, worker: false })), clock, store };
  await putOnSale(served, saleOf({ now: clock.now() }));
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  await served.payments.processPayment({ paymentIntentId });
  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.HOLD);

  const answer = await served.payments.cancelPayment({ paymentIntentId, seatIds: ['A1'] });
  expect(answer).toMatchObject({ status: PaymentStatus.COMPLETED, refundedAmount: PRICE });
  expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.CONFIRMED);
  await serveOn({ store, clock: clock.now, worker: true });
  await booksAgree(served);
  const late = await serveOn({ store, clock: clock.now, worker: false });
  expect((await seatsByStatus(late)).SOLD).toEqual(['A2']);
});

test('a payment that is under way is not refunded', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A2'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann', PaymentScenario.DELAY);
  await served.payments.processPayment({ paymentIntentId });
  const early = await served.payments.cancelPayment({ paymentIntentId });
  expect(refusalOf(early)).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['payment_intent_id PAYMENT_PROCESSING'],
  });
});

test('tickets that were given back no longer count against the limit', async () => {
  const served = await sale({ perUserTicketLimit: 2 });
  const { paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const wish = { eventId: served.eventId, userId: 'ann', seatIds: ['A3'] };
  expect(refusalOf(await served.reservations.createReservation(wish))?.code).toBe('QUOTA_EXCEEDED');
  await served.payments.cancelPayment({ paymentIntentId, seatIds: ['A1'] });
  await onSaleAgain(served, ['A2']);

  expect(refusalOf(await served.reservations.createReservation(wish))).toBeUndefined();
});

test('a refund that is told to the worker by its provider puts the seats back on sale', async () => {
  const served = await sale();
  const { reservationId, paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1'] });
  const tell = () =>
    served.worker.processPaymentResult({
      reservationId,
      paymentIntentId,
      resultType: PaymentResultType.REFUNDED,
      correlationId: crypto.randomUUID(),
    });
  const unfounded = await tell();
  expect(unfounded.status).toBe(ProcessingStatus.FAILED);
  expect(refusalOf(unfounded)?.details).toEqual(['result_type PAYMENT_COMPLETED']);
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);

  await served.payments.cancelPayment({ paymentIntentId });
  await onSaleAgain(served, []);
  await booksAgree(served);
  expect((await tell()).status).toBe(ProcessingStatus.SKIPPED);
});

test.each([0, 30])(
  'a payment network may refund, too, now or in %i seconds: money and seats go back, once',
  async (delaySeconds) => {
    const served = await sale();
    const { reservationId, paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
    await booksAgree(served);
    await served.payments.simulateWebhook({
      paymentIntentId,
      targetStatus: PaymentStatus.REFUNDED,
      delaySeconds,
    });
    served.clock.advance(delaySeconds * 1000);

    await onSaleAgain(served, []);
    await booksAgree(served);
    expect((await reservationOf(served, reservationId))?.status).toBe(ReservationStatus.REFUNDED);
    const again = await served.payments.simulateWebhook({
      paymentIntentId,
      targetStatus: PaymentStatus.REFUNDED,
    });
    expect(refusalOf(again)?.code).toBe('FAILED_PRECONDITION');
  },
);
