import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { OrphanSeatRule, SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { expect, test } from 'vitest';
import { bought, held, intentFor, seatsByStatus } from './booking.ts';
import { reserve, update } from './catalog-calls.ts';
import { refusalOf } from './refusal.ts';
import { PRICE, seated } from './sale.ts';
import { sharedSale } from './shared-sale.ts';

const HOUR_MS = 3_600_000;

const sale = sharedSale();

test('a blocked seat is not sold; one that is held or sold cannot be blocked', async () => {
  const served = await sale({ blockedSeatIds: ['A1'] });
  expect(refusalOf(await reserve(served, 'ann', 'A1'))?.code).toBe('INVENTORY_CONFLICT');
  const { seatIds } = await bought(served, { userId: 'ann', quantity: 1 });
  expect(seatIds).toEqual(['A2']);
  await held(served, { userId: 'bob', seatIds: ['A3'] });

  for (const taken of ['A2', 'A3']) {
    const blocked = await update(served, { blockedSeatIds: ['A1', taken] }, 'blocked_seat_ids');
    expect(refusalOf(blocked)).toMatchObject({
      code: 'FAILED_PRECONDITION',
      details: ['event.blocked_seat_ids SEAT_TAKEN'],
    });
    expect(blocked.error?.details[0]?.value).toBe(taken);
  }
  expect(await seatsByStatus(served)).toMatchObject({ BLOCKED: ['A1'], SOLD: ['A2'], RESERVED: ['A3'] });

  expect(refusalOf(await update(served, { blockedSeatIds: ['A4'] }, 'blocked_seat_ids'))).toBeUndefined();
  expect(await seatsByStatus(served)).toMatchObject({ BLOCKED: ['A4'], SOLD: ['A2'], RESERVED: ['A3'] });
  expect(refusalOf(await reserve(served, 'cat', 'A4'))?.code).toBe('INVENTORY_CONFLICT');
  expect(refusalOf(await reserve(served, 'cat', 'A1'))).toBeUndefined();
});

test('a sale that is paused takes no reservations until it goes on; holds can be paid meanwhile', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paused = await update(served, { status: SaleStatus.PAUSED }, 'status');
  expect(paused.event?.status).toBe(SaleStatus.PAUSED);

  expect(refusalOf(await reserve(served, 'bob', 'A2'))).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['event_id SALE_PAUSED'],
  });
  const look = await served.inventory.checkAvailability({ eventId: served.eventId, quantity: 1 });
  expect(look.available).toBe(false);
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  await served.payments.processPayment({ paymentIntentId });
  const who = { reservationId, paymentIntentId, userId: 'ann' };
  expect(refusalOf(await served.reservations.confirmReservation(who))).toBeUndefined();

  const resumed = await update(served, { status: SaleStatus.ON_SALE }, 'status');
  expect(resumed.event?.status).toBe(SaleStatus.ON_SALE);
  expect(refusalOf(await reserve(served, 'bob', 'A2'))).toBeUndefined();
});

test('a sale begins and ends by the clock, and what was held before may still be bought', async () => {
  const served = await sale((now) => ({
    saleStartTime: timestampFromMs(now + HOUR_MS),
    saleEndTime: timestampFromMs(now + 2 * HOUR_MS),
  }));
  const { event } = await served.catalog.getEvent({ eventId: served.eventId });
  expect(event?.status).toBe(SaleStatus.SCHEDULED);
  expect(refusalOf(await reserve(served, 'ann', 'A1'))?.details).toEqual(['event_id SALE_SCHEDULED']);
  // Until then the hall can be laid out anew.
  const bigger = await update(served, { sections: seated('floor', { A: 30 }) }, 'sections');
  expect(bigger.event?.totalSeats).toBe(30);

  served.clock.advance(HOUR_MS);
  expect(refusalOf(await update(served, { sections: seated('floor', { A: 5 }) }, 'sections'))).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['event.sections SALE_HAS_STARTED'],
  });
  served.clock.advance(HOUR_MS - 1);
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A30'] });
  served.clock.advance(1);
  expect(refusalOf(await reserve(served, 'bob', 'A1'))?.details).toEqual(['event_id SALE_ENDED']);
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  await served.payments.processPayment({ paymentIntentId });
  const who = { reservationId, paymentIntentId, userId: 'ann' };
  expect(refusalOf(await served.reservations.confirmReservation(who))).toBeUndefined();
  expect(refusalOf(await update(served, { name: 'x' }, 'name'))?.details).toEqual(['event.id EVENT_ENDED']);
});

test('a cancelled event stays cancelled', async () => {
  const served = await sale();
  await update(served, { status: SaleStatus.CANCELLED }, 'status');
  expect(refusalOf(await reserve(served, 'ann', 'A1'))?.details).toEqual(['event_id SALE_CANCELLED']);
  const back = await update(served, { status: SaleStatus.ON_SALE }, 'status');
  expect(refusalOf(back)?.details).toEqual(['event.id EVENT_CANCELLED']);
});

test('what is held keeps its price when prices change', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const price = { amount: 70_000n, currency: 'KRW' };
  await update(served, { priceTiers: [{ id: 'standard', price }] }, 'price_tiers');

  const stale = { eventId: served.eventId, userId: 'bob', seatIds: ['A3'], totalAmount: PRICE };
  expect(refusalOf(await served.reservations.createReservation(stale))?.message).toBe(
    'total_amount is 50000 KRW, but the seats cost 70000 KRW',
  );
  const fresh = await served.reservations.createReservation({ ...stale, totalAmount: price });
  expect(fresh.totalAmount).toMatchObject(price);

  const paid = await served.payments.createPaymentIntent({
    reservationId,
    userId: 'ann',
    amount: { amount: 100_000n, currency: 'KRW' },
  });
  expect(refusalOf(paid)).toBeUndefined();
  const { paymentIntentId } = paid;
  await served.payments.processPayment({ paymentIntentId });
  const confirmed = await served.reservations.confirmReservation({
    reservationId,
    paymentIntentId,
    userId: 'ann',
  });
  expect(confirmed.confirmedSeats).toMatchObject([{ price: PRICE }, { price: PRICE }]);
  const { soldSeats } = await served.inventory.commitReservation({
    eventId: served.eventId,
    reservationId,
    paymentIntentId,
  });
  expect(soldSeats).toMatchObject([{ price: PRICE }, { price: PRICE }]);

  const dollars = { amount: 50n, currency: 'USD' };
  const other = await update(served, { priceTiers: [{ id: 'standard', price: dollars }] }, 'price_tiers');
  expect(refusalOf(other)?.details).toEqual(['event.price_tiers SALE_HAS_STARTED']);
});

test('places without seats are sold by number, and sections are chosen from', async () => {
  const served = await sale({
    priceTiers: [
      { id: 'standard', price: PRICE },
      { id: 'standing', price: { amount: 30_000n, currency: 'KRW' } },
    ],
    sections: [
      ...seated('floor', { A: 4 }),
      {
        id: 'field',
        priceTierId: 'standing',
        layout: { case: 'generalAdmission', value: { capacity: 5, seatIdPrefix: 'G' } },
      },
    ],
  });
  const take = (userId: string, quantity: number, section: string) =>
    served.reservations.createReservation({ eventId: served.eventId, userId, quantity, section });

  const three = await take('ann', 3, 'field');
  expect(three).toMatchObject({ totalAmount: { amount: 90_000n, currency: 'KRW' } });
  expect(three.reservedSeats.map(({ id, section, row }) => [id, section, row])).toEqual([
    ['G1', 'field', ''],
    ['G2', 'field', ''],
    ['G3', 'field', ''],
  ]);
  expect(refusalOf(await take('bob', 3, 'field'))).toMatchObject({
    code: 'INSUFFICIENT_INVENTORY',
    details: ['quantity TOO_FEW_SEATS'],
  });
  expect(refusalOf(await take('bob', 2, 'field'))).toBeUndefined();
  expect((await take('cat', 2, 'floor')).reservedSeats.map(({ id }) => id)).toEqual(['A1', 'A2']);
  const { sections } = await served.inventory.getInventoryStatus({ eventId: served.eventId });
  expect(sections).toMatchObject([
    { sectionId: 'floor', availableSeats: 2, reservedSeats: 2 },
    { sectionId: 'field', availableSeats: 0, reservedSeats: 5 },
  ]);
});

test('the event decides how long a hold lasts and how many tickets a buyer may have', async () => {
  const served = await sale({ holdSeconds: 7, perUserTicketLimit: 2 });
  const first = await reserve(served, 'ann', 'A1', 'A2');
  expect(first.holdExpiresAt && timestampMs(first.holdExpiresAt)).toBe(served.clock.now() + 7_000);
  expect(refusalOf(await reserve(served, 'ann', 'A3'))).toMatchObject({
    code: 'QUOTA_EXCEEDED',
    details: ['quantity TICKET_LIMIT'],
  });
  served.clock.advance(7_000);
  expect(refusalOf(await reserve(served, 'ann', 'A3'))).toBeUndefined();
});

test('no single seat is left over where the event says so, unless the buyer names the seats', async () => {
  const served = await sale({
    orphanSeatRule: OrphanSeatRule.AVOID,
    sections: seated('floor', { A: 4, B: 5 }),
  });
  const three = { eventId: served.eventId, quantity: 3 };
  const look = await served.inventory.checkAvailability(three);
  expect(look.availableSeats.map(({ id }) => id)).toEqual(['B1', 'B2', 'B3']);
  const take = async (userId: string, quantity: number) =>
    (await served.reservations.createReservation({ ...three, userId, quantity })).reservedSeats.map(
      ({ id }) => id,
    );
  expect(await take('ann', 3)).toEqual(['B1', 'B2', 'B3']);
  // It cannot be avoided any more.
  expect(await take('bob', 3)).toEqual(['A1', 'A2', 'A3']);

  const named = await reserve(served, 'cat', 'B4');
  expect(refusalOf(named)).toBeUndefined();
  // The rule can change at any time.
  await update(served, { orphanSeatRule: OrphanSeatRule.ALLOW }, 'orphan_seat_rule');
  expect(await take('dan', 1)).toEqual(['A4']);
});
