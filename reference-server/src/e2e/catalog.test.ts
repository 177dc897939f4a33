import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { OrphanSeatRule, SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { expect, test } from 'vitest';
import { bought, held, intentFor, seatsByStatus } from './booking.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { area, type EventInit, PRICE, putOnSale, saleOf, seated } from './sale.ts';
import { type Clients, type Served, serve } from './serve.ts';
import { sharedSale } from './shared-sale.ts';

const HOUR_MS = 3_600_000;

const sale = sharedSale();

/** Changes the fields of a sale's event that are named. */
function update({ catalog, eventId }: Served, event: EventInit, ...paths: string[]) {
  return catalog.updateEvent({ event: { ...event, id: eventId }, updateMask: { paths } });
}

const reserve = ({ reservations, eventId }: Served, userId: string, ...seatIds: string[]) =>
  reservations.createReservation({ eventId, userId, seatIds });

test('a new event gets an id, its counts and its first revision, and shows its layout when asked', async () => {
  const served = await sale();
  const { id: _, ...withoutId } = saleOf({ rows: 2, seatsPerRow: 10, now: served.clock.now() });
  const created = await putOnSale(served, withoutId);

  expect(created).toMatchObject({
    id: expect.stringMatching(/^evt_/),
    totalSeats: 20,
    revision: 1n,
    status: SaleStatus.ON_SALE,
    createdAt: timestampFromMs(served.clock.now()),
    sections: [{ totalSeats: 20, layout: { case: 'seated', value: { rows: [] } } }],
  });
  const eventId = created.id;
  const { event } = await served.catalog.getEvent({ eventId });
  expect(event).toEqual(created);
  const whole = await served.catalog.getEvent({ eventId, includeLayout: true });
  expect(whole.event?.sections[0]?.layout.value).toMatchObject({
    rows: [{ seatIdPrefix: 'A' }, { seatIdPrefix: 'B' }],
  });
});

test('an id is taken once', async () => {
  const served = await sale();
  const again = await served.catalog.createEvent({
    event: saleOf({ event: { id: served.eventId, name: 'Another' } }),
  });
  expect(refusalOf(again)).toMatchObject({ code: 'ALREADY_EXISTS', details: ['event.id EVENT_EXISTS'] });
  expect((await served.catalog.getEvent({ eventId: served.eventId })).event?.name).toBe('Show');
});

test.each<[string, EventInit, string, string]>([
  [
    'two seats with one id, of different rows',
    { sections: seated('floor', { A: 12, A1: 3 }) },
    'event.sections DUPLICATE_SEAT_ID',
    'A11',
  ],
  [
    'two seats with one id, of different sections',
    { sections: [...seated('floor', { A: 3 }), ...seated('balcony', { A: 2 })] },
    'event.sections DUPLICATE_SEAT_ID',
    'A1',
  ],
  [
    'a price tier that is not there',
    { priceTiers: [{ id: 'vip', price: PRICE }] },
    'event.sections[0].price_tier_id UNKNOWN_PRICE_TIER',
    'standard',
  ],
  [
    'a blocked seat that is not there',
    { blockedSeatIds: ['A1', 'Z1'] },
    'event.blocked_seat_ids[1] SEAT_NOT_FOUND',
    'Z1',
  ],
  [
    'more seats than a million',
    {
      sections: [
        {
          id: 'field',
          priceTierId: 'standard',
          layout: { case: 'generalAdmission', value: { capacity: 1_000_000, seatIdPrefix: 'G' } },
        },
        ...seated('floor', { A: 1 }),
      ],
    },
    'event.sections SEAT_COUNT',
    '1000001',
  ],
  [
    'more rows than are kept',
    {
      sections: Array.from({ length: 4 }, (_, at) =>
        seated(
          `S${at}`,
          Object.fromEntries(Array.from({ length: 1_500 }, (_, row) => [`S${at}-R${row}-`, 1])),
        ),
      ).flat(),
    },
    'event EVENT_TOO_LARGE',
    'expected at most',
  ],
])('an event with %s is refused', async (_name, event, detail, value) => {
  const { catalog, eventId } = await sale();
  const id = `${eventId}-refused`;
  const failure = await failureOf(catalog.createEvent({ event: saleOf({ event: { ...event, id } }) }));
  expect(failure).toMatchObject({ status: 'InvalidArgument', details: [detail] });
  expect(failure.message).toContain(value);
  expect(refusalOf(await catalog.getEvent({ eventId: id }))?.code).toBe('NOT_FOUND');
});

test('seats that are blocked during the sale go, and come back when they are not blocked any more', async () => {
  const served = await sale({
    perUserTicketLimit: 1,
    sections: [...seated('floor', { A: 20 }), ...area('field', { G: 20 })],
  });
  const rows = Array.from({ length: 20 }, (_, at) => `A${at + 1}`);
  const places = Array.from({ length: 20 }, (_, at) => `G${at + 1}`);
  await held(served, { userId: 'ann', seatIds: ['G7'] });

  const taken = await update(served, { blockedSeatIds: [...rows, ...places] }, 'blocked_seat_ids');
  expect(refusalOf(taken)?.details).toEqual(['event.blocked_seat_ids SEAT_TAKEN']);
  expect(await seatsByStatus(served)).toMatchObject({ BLOCKED: [], RESERVED: ['G7'] });

  await update(served, { status: SaleStatus.PAUSED }, 'status');
  const others = places.filter((id) => id !== 'G7');
  expect(refusalOf(await update(served, { blockedSeatIds: [...rows, ...others] }, 'blocked_seat_ids'))).toBe(
    undefined,
  );
  const { event } = await update(served, { status: SaleStatus.ON_SALE }, 'status');
  expect(event?.status).toBe(SaleStatus.SOLD_OUT);
  const all = { BLOCKED: [...rows, ...others], RESERVED: ['G7'], AVAILABLE: [] };
  expect(await seatsByStatus(served)).toMatchObject(all);
  // When what kept them until they were blocked has lapsed.
  served.clock.advance(10_000);
  expect(await seatsByStatus(served)).toMatchObject(all);
  expect(refusalOf(await reserve(served, 'bob', 'A3'))?.code).toBe('INVENTORY_CONFLICT');

  await update(served, { blockedSeatIds: ['A1'] }, 'blocked_seat_ids');
  expect((await seatsByStatus(served)).BLOCKED).toEqual(['A1']);
  expect(refusalOf(await reserve(served, 'bob', 'A3'))).toBeUndefined();
  expect(refusalOf(await reserve(served, 'cat', 'G8'))).toBeUndefined();
});

test('an update replaces what the mask names and nothing else', async () => {
  const served = await sale({ description: 'as it was', perUserTicketLimit: 4 });
  const { event } = await update(
    served,
    { name: 'Renamed', description: 'ignored' },
    'name',
    'per_user_ticket_limit',
  );
  expect(event).toMatchObject({
    name: 'Renamed',
    description: 'as it was',
    perUserTicketLimit: 0,
    revision: 2n,
    totalSeats: 20,
  });
  expect((await served.catalog.getEvent({ eventId: served.eventId })).event).toEqual(event);
});

test('an update from another revision is refused; of two at once one gets through', async () => {
  const served = await sale();
  const rename = (name: string, expectedRevision: bigint) =>
    served.catalog.updateEvent({
      event: { id: served.eventId, name },
      updateMask: { paths: ['name'] },
      expectedRevision,
    });

  const both = await Promise.all([rename('One', 1n), rename('Other', 1n)]);
  const refused = both.map(refusalOf).filter((refusal) => refusal !== undefined);
  expect(refused).toMatchObject([
    { code: 'FAILED_PRECONDITION', details: ['expected_revision REVISION_CHANGED'] },
  ]);
  expect((await rename('Third', 2n)).event).toMatchObject({ name: 'Third', revision: 3n });
  expect(
    refusalOf(
      await served.catalog.updateEvent({
        event: { id: 'nowhere', name: 'x' },
        updateMask: { paths: ['name'] },
      }),
    )?.code,
  ).toBe('NOT_FOUND');
});

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

test('events are listed by their start, page by page, and by where their sale stands', async () => {
  // A server of its own: the list shows every event.
  const served = await serve();
  const now = Date.now();
  for (const [at, id] of ['late', 'early', 'middle', 'soon'].entries()) {
    const day = [40, 10, 20, 30][at] ?? 0;
    await putOnSale(
      served,
      saleOf({
        now,
        rows: 1,
        seatsPerRow: 1,
        event: {
          id,
          startTime: timestampFromMs(now + day * 24 * HOUR_MS),
          ...(id === 'soon' && { saleStartTime: timestampFromMs(now + HOUR_MS) }),
        },
      }),
    );
  }
  await bought(served, { eventId: 'middle', userId: 'ann', quantity: 1 });
  const list = async (request: Parameters<Clients['catalog']['listEvents']>[0]) => {
    const answer = await served.catalog.listEvents(request);
    return { ...answer, ids: answer.events.map(({ event }) => event?.id) };
  };

  expect((await list({})).ids).toEqual(['early', 'middle', 'soon', 'late']);
  expect((await list({ statuses: [SaleStatus.ON_SALE] })).ids).toEqual(['early', 'late']);
  expect((await list({ statuses: [SaleStatus.SOLD_OUT, SaleStatus.SCHEDULED] })).ids).toEqual([
    'middle',
    'soon',
  ]);
  const between = {
    startTimeFrom: timestampFromMs(now + 20 * 24 * HOUR_MS),
    startTimeBefore: timestampFromMs(now + 40 * 24 * HOUR_MS),
  };
  expect((await list(between)).ids).toEqual(['middle', 'soon']);

  const first = await list({ pagination: { pageSize: 3 } });
  expect(first.ids).toHaveLength(3);
  const second = await list({ pagination: { pageSize: 3, cursor: first.pageInfo?.nextCursor ?? '' } });
  expect([...first.ids, ...second.ids]).toEqual(['early', 'middle', 'soon', 'late']);
  expect(second.pageInfo?.hasNextPage).toBe(false);
});

test('a million seats can be put on sale, looked at and held', async () => {
  const sections = Array.from({ length: 20 }, (_, at) =>
    seated(`S${at}`, Object.fromEntries(Array.from({ length: 50 }, (_, row) => [`S${at}-R${row}-`, 1000]))),
  ).flat();
  const served = await sale({ sections });

  const last = 'S19-R49-1000';
  expect(refusalOf(await reserve(served, 'ann', last))).toBeUndefined();
  expect(refusalOf(await reserve(served, 'bob', last))?.code).toBe('INVENTORY_CONFLICT');
  const chosen = await served.reservations.createReservation({
    eventId: served.eventId,
    userId: 'bob',
    quantity: 10,
    section: 'S7',
  });
  expect(chosen.reservedSeats.map(({ id }) => id)).toEqual(
    Array.from({ length: 10 }, (_, at) => `S7-R0-${at + 1}`),
  );
  const { stats } = await served.inventory.getInventoryStatus({ eventId: served.eventId });
  expect(stats).toMatchObject({ totalSeats: 1_000_000, availableSeats: 999_989, reservedSeats: 11 });
});
