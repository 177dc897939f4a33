import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { expect, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { buyerTable } from '../services/inventory/tables.ts';
import { seatsByStatus } from './booking.ts';
import { reserve, update } from './catalog-calls.ts';
import { adjustableClock } from './clock.ts';
import { heldUpStore } from './held-up-store.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf, seated } from './sale.ts';
import { serveOn } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

/** Milliseconds after which every process has read what another one has changed. */
const READ_MS = 2_000;

/** Two processes on one store; the operations of the first can be held up. Time stands still unless it is told. */
const running = beforeAllTests(async (cleanUp) => {
  const clock = adjustableClock();
  const shared = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => shared.close());
  const { store, holdUp } = heldUpStore(shared);
  const options = { clock: clock.now, worker: false, cleanUp };
  const first = await serveOn({ ...options, store });
  const second = await serveOn({ ...options, store: shared });
  return { clock, first, second, holdUp };
});

let sales = 0;

/** An event on sale that both processes have just sold seats of: each remembers it. */
async function sale(event = {}) {
  const { clock, first, second, holdUp } = running();
  const eventId = `show-${++sales}`;
  await putOnSale(first, saleOf({ now: clock.now(), event: { ...event, id: eventId } }));
  const both = { clock, holdUp, first: { ...first, eventId }, second: { ...second, eventId } };
  expect(refusalOf(await reserve(both.first, 'early', 'B9'))).toBeUndefined();
  expect(refusalOf(await reserve(both.second, 'early', 'B10'))).toBeUndefined();
  return both;
}

test('whatever the organiser changes, the next hold goes by it', async () => {
  const { clock, first } = await sale();
  const details = async (...seats: string[]) => refusalOf(await reserve(first, 'ann', ...seats))?.details;

  await update(first, { status: SaleStatus.PAUSED }, 'status');
  expect(await details('A1')).toEqual(['event_id SALE_PAUSED']);
  await update(first, { status: SaleStatus.ON_SALE }, 'status');
  expect(await details('A1')).toBeUndefined();

  await update(first, { blockedSeatIds: ['A2'] }, 'blocked_seat_ids');
  expect(await details('A2')).toEqual(['seat_ids SEAT_UNAVAILABLE']);
  await update(first, { blockedSeatIds: [] }, 'blocked_seat_ids');
  // What kept it until it was blocked has lapsed by then.
  clock.advance(10_000);
  expect(await details('A2')).toBeUndefined();

  await update(first, { perUserTicketLimit: 2 }, 'per_user_ticket_limit');
  expect(await details('A3')).toEqual(['quantity TICKET_LIMIT']);

  const price = { amount: 70_000n, currency: 'KRW' };
  await update(
    first,
    { holdSeconds: 7, priceTiers: [{ id: 'standard', price }] },
    'hold_seconds',
    'price_tiers',
  );
  const held = await reserve(first, 'bob', 'A3');
  expect(held.totalAmount).toMatchObject(price);
  expect(held.holdExpiresAt && timestampMs(held.holdExpiresAt)).toBe(clock.now() + 7_000);

  await update(first, { saleEndTime: timestampFromMs(clock.now()) }, 'sale_end_time');
  expect(await details('A4')).toEqual(['event_id SALE_ENDED']);
});

test('a cancelled event takes no hold any more', async () => {
  const { first } = await sale();
  await update(first, { status: SaleStatus.CANCELLED }, 'status');
  expect(refusalOf(await reserve(first, 'ann', 'A1'))?.details).toEqual(['event_id SALE_CANCELLED']);
});

test('a hall that is laid out anew before the sale is the one that is sold', async () => {
  const { clock, first } = running();
  const eventId = `show-${++sales}`;
  const opensAt = clock.now() + 60_000;
  const own = { ...first, eventId };
  await putOnSale(
    first,
    saleOf({ now: clock.now(), event: { id: eventId, saleStartTime: timestampFromMs(opensAt) } }),
  );
  expect((await seatsByStatus(own)).AVAILABLE).toHaveLength(20);
  await update(own, { sections: seated('floor', { C: 3 }) }, 'sections');
  expect((await seatsByStatus(own)).AVAILABLE).toEqual(['C1', 'C2', 'C3']);
  clock.advance(60_000);
  expect(refusalOf(await reserve(own, 'ann', 'A1'))?.details).toEqual(['seat_ids[0] SEAT_NOT_FOUND']);
  expect(refusalOf(await reserve(own, 'ann', 'C1'))).toBeUndefined();
});

test('a hold that is overtaken by a pause takes nothing', async () => {
  const { first, holdUp } = await sale();
  const late = holdUp('get', buyerTable.name, `${first.eventId}/ann`);
  const taking = reserve(first, 'ann', 'A1');
  await late.reached;
  await update(first, { status: SaleStatus.PAUSED }, 'status');
  late.goOn();

  expect(refusalOf(await taking)?.details).toEqual(['event_id SALE_PAUSED']);
  expect(await seatsByStatus(first)).toMatchObject({ RESERVED: ['B9'] });
});

test('a hold that is overtaken by new prices is made at the new ones', async () => {
  const { first, holdUp } = await sale();
  const late = holdUp('get', buyerTable.name, `${first.eventId}/ann`);
  const taking = reserve(first, 'ann', 'A1');
  await late.reached;
  const price = { amount: 90_000n, currency: 'KRW' };
  await update(first, { priceTiers: [{ id: 'standard', price }] }, 'price_tiers');
  late.goOn();

  expect((await taking).totalAmount).toMatchObject(price);
});

test('what another process changes is gone by when the event has been read again', async () => {
  const { clock, first, second } = await sale();
  await update(first, { status: SaleStatus.PAUSED }, 'status');
  clock.advance(READ_MS);
  expect(refusalOf(await reserve(second, 'ann', 'A1'))?.details).toEqual(['event_id SALE_PAUSED']);
  await update(first, { status: SaleStatus.ON_SALE }, 'status');
  clock.advance(READ_MS);
  expect(refusalOf(await reserve(second, 'ann', 'A1'))).toBeUndefined();
});
