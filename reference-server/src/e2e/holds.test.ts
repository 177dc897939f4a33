import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { PaymentScenario } from '@traffic-tacos/contracts/payment/v1';
import {
  CommitStatus,
  JobInstanceStatus,
  ProcessingStatus,
  ReleaseStatus,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { bought, eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { refusalOf } from './refusal.ts';
import { PRICE } from './sale.ts';
import type { Clients } from './serve.ts';
import { sharedSale } from './shared-sale.ts';

const HOLD_SECONDS = 60;
const HOLD_MS = HOLD_SECONDS * 1000;

const sale = sharedSale({ paymentDelayMs: 2 * HOLD_MS, maxExtensionSeconds: 100 });

/** Waits until the worker has done something about a reservation's expiry. */
async function expiryProcessed({ worker }: Clients, reservationId: string): Promise<void> {
  await eventually(async () => {
    const { jobs } = await worker.getJobStatus({ jobId: reservationId, eventType: 'reservation-expiry' });
    expect(jobs[0]?.status).toBe(JobInstanceStatus.COMPLETED);
  });
}

test('a hold of one second lapses, and its seat is sold to somebody else', async () => {
  const served = await sale({ holdSeconds: 1 });
  const { clock, reservations } = served;
  const mine = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, mine, 'ann');
  const early = await reservations.createReservation({
    eventId: served.eventId,
    userId: 'bob',
    seatIds: ['A1'],
  });
  expect(refusalOf(early)).toMatchObject({
    code: 'INVENTORY_CONFLICT',
    details: ['seat_ids SEAT_UNAVAILABLE'],
  });
  clock.advance(1000);

  const theirs = await bought(served, { userId: 'bob', seatIds: ['A1'] });
  expect(theirs.seatIds).toEqual(['A1']);
  const late = await reservations.confirmReservation({ reservationId: mine, paymentIntentId, userId: 'ann' });
  expect(refusalOf(late)?.code).toBe('RESERVATION_EXPIRED');
  const paid = await served.payments.processPayment({ paymentIntentId });
  expect(refusalOf(paid)?.code).toBe('RESERVATION_EXPIRED');
  const { reservation } = await reservations.getReservation({ reservationId: mine, userId: 'ann' });
  expect(reservation?.status).toBe(ReservationStatus.EXPIRED);
});

test('a seat whose hold has lapsed is free at once, without the worker', async () => {
  const served = await sale();
  await held(served, { userId: 'ann', seatIds: ['A1'] });
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']);
  served.clock.advance(HOLD_MS - 1);
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']);
  served.clock.advance(1);

  const answer = await served.inventory.checkAvailability({ eventId: served.eventId, seatIds: ['A1'] });
  expect(answer.available).toBe(true);
  expect((await seatsByStatus(served)).RESERVED).toEqual([]);
});

test('committing an expired hold fails, before and after the worker has seen it', async () => {
  const served = await sale();
  const { inventory } = served;
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  // Nobody else: a hold that no reservation stands behind, which the worker knows nothing of.
  await inventory.reserveSeat({ eventId: served.eventId, reservationId: 'bare', seatIds: ['A3'] });
  served.clock.advance(HOLD_MS);
  await expiryProcessed(served, reservationId);

  for (const id of [reservationId, 'bare']) {
    const answer = await inventory.commitReservation({
      eventId: served.eventId,
      reservationId: id,
      paymentIntentId: 'pi',
    });
    expect(answer.status).toBe(CommitStatus.FAILED_EXPIRED);
    expect(refusalOf(answer)?.code).toBe('RESERVATION_EXPIRED');
  }
  expect((await seatsByStatus(served)).SOLD).toEqual([]);
});

test('a reservation can release what it holds and nothing else', async () => {
  const served = await sale();
  const { inventory } = served;
  const mine = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const theirs = await held(served, { userId: 'bob', seatIds: ['A2', 'A3'] });
  const release = (reservationId: string, seatIds: string[]) =>
    inventory.releaseHold({ eventId: served.eventId, reservationId, seatIds });

  const others = await release(theirs, ['A1']);
  expect(others.status).toBe(ReleaseStatus.FAILED);
  expect(refusalOf(others)?.code).toBe('INVENTORY_CONFLICT');
  const nobodys = await release('rsv_unknown', ['A1']);
  expect(nobodys.status).toBe(ReleaseStatus.NOT_FOUND);
  expect(refusalOf(nobodys)?.code).toBe('NOT_FOUND');
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1', 'A2', 'A3']);

  expect((await release(mine, [])).releasedSeats.map(({ id }) => id)).toEqual(['A1']);
  expect((await release(mine, [])).status).toBe(ReleaseStatus.ALREADY_RELEASED);
  expect((await release(theirs, ['A3'])).releasedSeats.map(({ id }) => id)).toEqual(['A3']);
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A2']);
});

test('sold seats are not released', async () => {
  const served = await sale();
  const { reservationId, paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1'] });

  const released = await served.inventory.releaseHold({ eventId: served.eventId, reservationId });
  expect(released.status).toBe(ReleaseStatus.FAILED);
  expect(refusalOf(released)).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['reservation_id SEATS_SOLD'],
  });
  const cancelled = await served.reservations.cancelReservation({ reservationId, userId: 'ann' });
  expect(refusalOf(cancelled)).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['reservation_id RESERVATION_ALREADY_CONFIRMED'],
  });
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);

  const again = await served.inventory.commitReservation({
    eventId: served.eventId,
    reservationId,
    paymentIntentId,
  });
  expect(again.status).toBe(CommitStatus.SUCCESS);
  const other = await served.inventory.commitReservation({
    eventId: served.eventId,
    reservationId,
    paymentIntentId: 'pi_other',
  });
  expect(other.status).toBe(CommitStatus.FAILED_CONFLICT);
});

test('a confirmed reservation is never expired', async () => {
  const served = await sale();
  const { reservations, worker, clock } = served;
  const { reservationId, orderId } = await bought(served, { userId: 'ann', seatIds: ['A1'] });
  const unpaid = await held(served, { userId: 'bob', seatIds: ['A2'] });
  const { reservation: before } = await reservations.getReservation({ reservationId, userId: 'ann' });
  clock.advance(HOLD_MS);
  await expiryProcessed(served, unpaid);

  const expiry = await worker.processReservationExpiry({
    reservationId,
    eventId: served.eventId,
    expiredAt: timestampFromMs(clock.now()),
    correlationId: `by-hand/${reservationId}`,
  });
  expect(expiry).toMatchObject({ status: ProcessingStatus.SKIPPED, releasedSeats: [] });
  const { reservation } = await reservations.getReservation({ reservationId, userId: 'ann' });
  expect(reservation).toEqual(before);
  expect(reservation).toMatchObject({ status: ReservationStatus.CONFIRMED, orderId });
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);
  const late = await reservations.getReservation({ reservationId: unpaid, userId: 'bob' });
  expect(late.reservation?.status).toBe(ReservationStatus.EXPIRED);
});

test('a sale that was not recorded before its hold lapsed is recorded when its payment arrives', async () => {
  const served = await sale();
  const { reservations, worker, clock } = served;
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann', PaymentScenario.DELAY);
  await served.payments.processPayment({ paymentIntentId });
  // What a confirmation leaves that is cut off between its two transactions.
  await served.inventory.commitReservation({ eventId: served.eventId, reservationId, paymentIntentId });
  clock.advance(HOLD_MS);

  const expiry = await worker.processReservationExpiry({
    reservationId,
    correlationId: `by-hand/${reservationId}`,
  });
  expect(expiry.status).toBe(ProcessingStatus.RETRY);
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);

  clock.advance(HOLD_MS);
  await eventually(async () => {
    const { reservation } = await reservations.getReservation({ reservationId, userId: 'ann' });
    expect(reservation?.status).toBe(ReservationStatus.CONFIRMED);
  });
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);
});

test('a hold is prolonged up to its limit in all, and lasts that long', async () => {
  const served = await sale();
  const { reservations, clock } = served;
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const extend = (extensionSeconds: number) =>
    reservations.extendHold({ reservationId, userId: 'ann', extensionSeconds });

  expect(await extend(70)).toMatchObject({ extensionAllowed: true, extendedSeconds: 70 });
  const rest = await extend(70);
  expect(rest).toMatchObject({ extensionAllowed: true, extendedSeconds: 30 });
  expect(rest.newExpiresAt).toEqual(timestampFromMs(clock.now() + HOLD_MS + 100_000));
  const none = await extend(1);
  expect(none).toMatchObject({ extensionAllowed: false, newExpiresAt: rest.newExpiresAt });
  expect(refusalOf(none)).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['reservation_id EXTENSION_USED_UP'],
  });

  clock.advance(HOLD_MS + 99_999);
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']);
  clock.advance(1);
  expect((await seatsByStatus(served)).RESERVED).toEqual([]);
  expect(refusalOf(await extend(1))?.code).toBe('RESERVATION_EXPIRED');
});

test('a reservation that is cancelled gives its seats back and cannot be confirmed', async () => {
  const served = await sale();
  const { reservations } = served;
  const reservationId = await held(served, { userId: 'ann', quantity: 3 });
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  const cancelled = await reservations.cancelReservation({ reservationId, userId: 'ann' });

  expect(cancelled).toMatchObject({ status: ReservationStatus.CANCELLED, reservationId });
  expect(cancelled.releasedSeats).toHaveLength(3);
  expect((await seatsByStatus(served)).RESERVED).toEqual([]);
  const again = await reservations.cancelReservation({ reservationId, userId: 'ann' });
  expect(again.status).toBe(ReservationStatus.CANCELLED);
  const confirmed = await reservations.confirmReservation({ reservationId, paymentIntentId, userId: 'ann' });
  expect(refusalOf(confirmed)?.code).toBe('FAILED_PRECONDITION');
  expect(refusalOf(await served.payments.processPayment({ paymentIntentId }))?.code).toBe(
    'FAILED_PRECONDITION',
  );
});

test('another price than the buyer saw is refused with both, and holds nothing', async () => {
  const served = await sale();
  const wish = { eventId: served.eventId, userId: 'ann', seatIds: ['A1', 'A2'] };
  for (const totalAmount of [
    { amount: 2n * PRICE.amount - 1n, currency: 'KRW' },
    { amount: 2n * PRICE.amount, currency: 'USD' },
  ]) {
    const { error } = await served.reservations.createReservation({ ...wish, totalAmount });
    expect(error?.details).toMatchObject([
      {
        field: 'total_amount',
        reason: 'PRICE_CHANGED',
        value: `${totalAmount.amount} ${totalAmount.currency}`,
      },
      { field: 'total_amount', reason: 'CURRENT_PRICE', value: '100000 KRW' },
    ]);
    expect((await seatsByStatus(served)).RESERVED).toEqual([]);
  }

  const reservationId = await held(served, wish);
  // Asked for again, the earlier reservation answers, at its price.
  const other = await served.reservations.createReservation({
    ...wish,
    totalAmount: { amount: 1n, currency: 'KRW' },
  });
  expect(refusalOf(other)?.details).toEqual(['total_amount PRICE_CHANGED', 'total_amount CURRENT_PRICE']);
  const { reservation } = await served.reservations.getReservation({ reservationId, userId: 'ann' });
  expect(reservation?.status).toBe(ReservationStatus.HOLD);
});

test('a buyer who asks again without a key gets the same reservation; nobody else does', async () => {
  const served = await sale();
  const create = (userId: string) =>
    served.reservations.createReservation({ eventId: served.eventId, userId, seatIds: ['A1', 'A2'] });
  const first = await create('ann');

  expect((await create('ann')).reservationId).toBe(first.reservationId);
  expect(refusalOf(await create('bob'))?.code).toBe('INVENTORY_CONFLICT');
  const anonymous = { eventId: served.eventId, seatIds: ['B1'] };
  await served.reservations.createReservation(anonymous);
  expect(refusalOf(await served.reservations.createReservation(anonymous))?.code).toBe('INVENTORY_CONFLICT');
});

test("SECURITY 7: somebody else's reservation or payment does not exist", async () => {
  const served = await sale();
  const { reservations, payments } = served;
  const mine = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, mine, 'ann');
  const asBob = (reservationId: string) => {
    const who = { reservationId, userId: 'bob' };
    return Promise.all([
      reservations.getReservation(who),
      reservations.confirmReservation({ ...who, paymentIntentId }),
      reservations.cancelReservation(who),
      reservations.extendHold({ ...who, extensionSeconds: 10 }),
      payments.createPaymentIntent(who),
    ]);
  };

  const refused = (await asBob(mine)).map(refusalOf);
  expect(refused.map((refusal) => refusal?.code)).toEqual(refused.map(() => 'NOT_FOUND'));
  // Not told apart from one that never was.
  const unknown = (await asBob('rsv_unknown')).map(refusalOf);
  const named = JSON.stringify(unknown).replaceAll('rsv_unknown', mine);
  expect(JSON.stringify(refused)).toBe(named);

  const payment = await payments.getPaymentStatus({ paymentIntentId, userId: 'bob' });
  expect(payment.payment).toBeUndefined();
  expect(refusalOf(payment)?.message).toBe(`there is no payment intent "${paymentIntentId}"`);
  expect(
    (await reservations.listReservations({ userId: 'bob', eventId: served.eventId })).reservations,
  ).toEqual([]);
  expect((await payments.listPayments({ userId: 'bob', reservationId: mine })).payments).toEqual([]);
  const { reservation } = await reservations.getReservation({ reservationId: mine, userId: 'ann' });
  expect(reservation?.status).toBe(ReservationStatus.HOLD);
});
