import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { expect, test } from 'vitest';
import { eventPartTable } from '../services/catalog/index.ts';
import { bought, held, seatsByStatus } from './booking.ts';
import { reserve, update } from './catalog-calls.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { area, type EventInit, PRICE, putOnSale, saleOf, seated } from './sale.ts';
import { type Clients, serve } from './serve.ts';
import { sharedSale } from './shared-sale.ts';

const HOUR_MS = 3_600_000;

const sale = sharedSale();

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

/** Rows of fifty seats, `R0-1` to `R19999-50`, in sections of a thousand rows. */
function millionSeats(): NonNullable<EventInit['sections']> {
  return Array.from({ length: 20 }, (_, at) =>
    seated(
      `S${at}`,
      Object.fromEntries(Array.from({ length: 1_000 }, (_, row) => [`R${1_000 * at + row}-`, 50])),
    ),
  ).flat();
}

test('a million seats in rows of fifty can be put on sale, looked at, blocked and held', async () => {
  const served = await sale({ sections: millionSeats() });
  const { eventId } = served;
  const last = 'R19999-50';
  expect(refusalOf(await reserve(served, 'ann', last))).toBeUndefined();
  expect(refusalOf(await reserve(served, 'bob', last))?.code).toBe('INVENTORY_CONFLICT');
  const chosen = await served.reservations.createReservation({
    eventId,
    userId: 'bob',
    quantity: 10,
    section: 'S7',
  });
  expect(chosen.reservedSeats.map(({ id }) => id)).toEqual(
    Array.from({ length: 10 }, (_, at) => `R7000-${at + 1}`),
  );
  const before = await served.inventory.getInventoryStatus({ eventId });
  expect(before.stats).toMatchObject({ totalSeats: 1_000_000, availableSeats: 999_989, reservedSeats: 11 });

  const paused = await update(served, { status: SaleStatus.PAUSED, name: 'Later' }, 'status', 'name');
  expect(paused.event).toMatchObject({ revision: 2n, totalSeats: 1_000_000, status: SaleStatus.PAUSED });
  const { event } = await served.catalog.getEvent({ eventId, includeLayout: true });
  const rows = event?.sections.flatMap(({ layout }) => (layout.case === 'seated' ? layout.value.rows : []));
  expect(rows?.map(({ seatIdPrefix }) => seatIdPrefix)).toEqual(
    Array.from({ length: 20_000 }, (_, row) => `R${row}-`),
  );
});

test('former sections and blocked seats of an event are removed a while after they have changed', async () => {
  const served = await sale((now) => ({
    saleStartTime: timestampFromMs(now + HOUR_MS),
    blockedSeatIds: ['A1'],
  }));
  const { eventId, store, clock } = served;
  const parts = async () => {
    const { items } = await store.query(eventPartTable, 'by_event', { partition: eventId, limit: 100 });
    return items.length;
  };
  await update(
    served,
    { sections: seated('floor', { A: 30 }), blockedSeatIds: ['A2'] },
    'sections',
    'blocked_seat_ids',
  );
  expect(await parts()).toBe(4);
  clock.advance(60_000);
  await expect.poll(parts).toBe(2);
  expect((await seatsByStatus(served)).BLOCKED).toEqual(['A2']);
});

test('fifty thousand seats can be blocked, and others instead', async () => {
  const soon = (now: number) => ({ saleStartTime: timestampFromMs(now + HOUR_MS) });
  const served = await sale((now) => ({ ...soon(now), sections: millionSeats() }));
  const { eventId, clock } = served;
  const blocked = (first: number) =>
    Array.from({ length: 50_000 }, (_, at) => `R${at % 20_000}-${first + Math.floor(at / 20_000)}`);
  const created = await update(served, { blockedSeatIds: blocked(1) }, 'blocked_seat_ids');
  expect(refusalOf(created)).toBeUndefined();
  const whole = await served.catalog.getEvent({ eventId, includeLayout: true });
  expect(whole.event?.blockedSeatIds).toEqual(blocked(1));
  expect((await served.inventory.getInventoryStatus({ eventId })).stats).toMatchObject({
    availableSeats: 950_000,
    blockedSeats: 50_000,
  });

  expect(
    refusalOf(await update(served, { blockedSeatIds: blocked(11) }, 'blocked_seat_ids')),
  ).toBeUndefined();
  clock.advance(HOUR_MS);
  expect(refusalOf(await reserve(served, 'ann', 'R0-11'))?.code).toBe('INVENTORY_CONFLICT');
  expect(refusalOf(await reserve(served, 'ann', 'R0-1'))).toBeUndefined();
  expect((await served.inventory.getInventoryStatus({ eventId })).stats).toMatchObject({
    availableSeats: 949_999,
    blockedSeats: 50_000,
  });
});
