import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import type { ReturnSeatsRequestSchema } from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { bought, held, seatsByStatus } from './booking.ts';
import { refusalOf } from './refusal.ts';
import { area, type Fields, seated } from './sale.ts';
import type { Served } from './serve.ts';
import { sharedSale } from './shared-sale.ts';

const sale = sharedSale();

/** A floor of rows and a field without seats: what comes back is the same for both. */
const places = [
  ['seats', seated('main', { A: 4 })],
  ['places of an area', area('main', { A: 4 })],
] as const;

function giveBack(
  { inventory, eventId }: Served,
  reservationId: string,
  request: Fields<typeof ReturnSeatsRequestSchema> = {},
) {
  return inventory.returnSeats({
    eventId,
    reservationId,
    idempotencyKey: crypto.randomUUID(),
    ...request,
  });
}

const ids = (seats: readonly { readonly id: string }[]) => seats.map(({ id }) => id);

test.each(places)('%s come back one by one and all together, and only once', async (_kind, sections) => {
  const served = await sale({ sections: [...sections] });
  const { clock } = served;
  const mine = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2', 'A3'] });

  const first = await giveBack(served, mine.reservationId, { seatIds: ['A2'], userId: 'ann' });
  expect(first.returnedSeats).toMatchObject([{ id: 'A2', status: SeatStatus.AVAILABLE }]);
  expect(await seatsByStatus(served)).toMatchObject({ SOLD: ['A1', 'A3'], AVAILABLE: ['A2', 'A4'] });
  const theirs = await bought(served, { userId: 'bob', seatIds: ['A2'] });

  // Asked for again, by another key: it is somebody else's by now.
  clock.advance(1_000);
  const again = await giveBack(served, mine.reservationId, { seatIds: ['A2'] });
  expect(refusalOf(again)).toBeUndefined();
  expect(again).toMatchObject({ returnedSeats: [], returnedAt: first.returnedAt });

  expect(ids((await giveBack(served, mine.reservationId)).returnedSeats)).toEqual(['A1', 'A3']);
  expect((await giveBack(served, mine.reservationId)).returnedSeats).toEqual([]);
  expect(await seatsByStatus(served)).toMatchObject({ SOLD: ['A2'], AVAILABLE: ['A1', 'A3', 'A4'] });
  expect(ids((await giveBack(served, theirs.reservationId)).returnedSeats)).toEqual(['A2']);
});

test.each(places)('nobody gives back %s of others, or what is not sold', async (_kind, sections) => {
  const served = await sale({ sections: [...sections] });
  const mine = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const theirs = await held(served, { userId: 'bob', seatIds: ['A3'] });
  const given = await held(served, { userId: 'cat', seatIds: ['A4'] });
  await served.reservations.cancelReservation({ reservationId: given, userId: 'cat' });

  const refused = async (reservationId: string, request: Fields<typeof ReturnSeatsRequestSchema> = {}) => {
    const refusal = refusalOf(await giveBack(served, reservationId, request));
    return [refusal?.code, ...(refusal?.details ?? [])];
  };
  expect(await refused('rsv_unknown')).toEqual(['NOT_FOUND', 'reservation_id HOLD_NOT_FOUND']);
  expect(await refused(given)).toEqual(['NOT_FOUND', 'reservation_id SALE_NOT_FOUND']);
  expect(await refused(theirs)).toEqual(['FAILED_PRECONDITION', 'reservation_id SEATS_HELD']);
  expect(await refused(mine.reservationId, { seatIds: ['A1', 'A3'] })).toEqual([
    'INVENTORY_CONFLICT',
    'seat_ids OTHER_SEATS',
  ]);
  expect(await refused(mine.reservationId, { userId: 'bob' })).toEqual([
    'INVENTORY_CONFLICT',
    'user_id OTHER_BUYER',
  ]);
  expect(await seatsByStatus(served)).toMatchObject({ SOLD: ['A1', 'A2'], RESERVED: ['A3'] });
});

test.each(places)('many who give back the same %s at once free them once', async (_kind, sections) => {
  const served = await sale({ sections: [...sections] });
  const { reservationId } = await bought(served, { userId: 'ann', quantity: 4 });
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      giveBack(served, reservationId, at % 3 === 0 ? {} : { seatIds: [`A${1 + (at % 4)}`] }),
    ),
  );
  expect(answers.map(refusalOf)).toEqual(answers.map(() => undefined));
  expect(answers.flatMap(({ returnedSeats }) => ids(returnedSeats)).sort()).toEqual(['A1', 'A2', 'A3', 'A4']);
});

test.each(places)('a sold-out event is on sale again when %s come back', async (_kind, sections) => {
  const served = await sale({ sections: [...sections], perUserTicketLimit: 4 });
  const { catalog, eventId } = served;
  const status = async () => (await catalog.getEvent({ eventId })).event?.status;
  const { reservationId } = await bought(served, { userId: 'ann', quantity: 4 });
  expect(await status()).toBe(SaleStatus.SOLD_OUT);
  const late = { eventId, userId: 'bob', quantity: 1 };
  expect(refusalOf(await served.reservations.createReservation(late))?.code).toBe('INSUFFICIENT_INVENTORY');

  await giveBack(served, reservationId, { seatIds: ['A3'] });
  expect(await status()).toBe(SaleStatus.ON_SALE);
  const { reservedSeats } = await served.reservations.createReservation(late);
  expect(ids(reservedSeats)).toEqual(['A3']);
  // What was given back no longer counts against the buyer's limit.
  await giveBack(served, reservationId);
  expect(await held(served, { userId: 'ann', quantity: 3 })).not.toBe('');
});
