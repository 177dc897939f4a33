import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { seatKey, seatTable } from '../services/inventory/tables.ts';
import { reservationTable } from '../services/reservation/index.ts';
import { eventually, intentFor, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { heldUpStore } from './held-up-store.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, serve, serveOn } from './serve.ts';

const userId = 'user_456';

/** Joins the line, which is empty, and is admitted. */
async function admittedTo(eventId: string, { queue }: Clients, buyer = userId): Promise<string> {
  const { waitingToken } = await queue.joinQueue({ eventId, userId: buyer });
  const { reservationToken } = await queue.requestAdmission({ waitingToken, userId: buyer });
  expect(reservationToken).not.toBe('');
  return reservationToken;
}

const reserve = ({ reservations }: Clients, reservationToken: string, seatId: string, buyer = userId) =>
  reservations.createReservation({ eventId: 'show', seatIds: [seatId], userId: buyer, reservationToken });

test('SECURITY 9: a token is spent by a reservation, and not by an attempt that is refused', async () => {
  const served = await serve();
  await putOnSale(served, saleOf({}));
  const token = await admittedTo('show', served);
  expect(refusalOf(await reserve(served, token, 'Z9'))?.code).toBe('NOT_FOUND');
  expect(refusalOf(await reserve(served, token, 'A1'))).toBeUndefined();
  expect(refusalOf(await reserve(served, token, 'A2'))?.details).toEqual([
    'reservation_token RESERVATION_TOKEN_SPENT',
  ]);
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']);
});

test('SECURITY 9: a token is for one buyer, one event and its time', async () => {
  const clock = adjustableClock();
  const served = await serve({ clock: clock.now });
  await putOnSale(served, saleOf({ now: clock.now() }));
  await putOnSale(served, saleOf({ now: clock.now(), event: { id: 'other' } }));
  const token = await admittedTo('show', served);
  const elsewhere = await admittedTo('other', served);
  expect(refusalOf(await reserve(served, token, 'A1', 'somebody'))?.details).toEqual([
    'reservation_token RESERVATION_TOKEN_OTHER_BUYER',
  ]);
  expect(refusalOf(await reserve(served, elsewhere, 'A1'))?.details).toEqual([
    'reservation_token RESERVATION_TOKEN_OTHER_EVENT',
  ]);
  expect(refusalOf(await reserve(served, `${token}x`, 'A1'))?.details).toEqual([
    'reservation_token RESERVATION_TOKEN_MALFORMED',
  ]);
  clock.advance(30_000);
  expect(refusalOf(await reserve(served, token, 'A1'))?.details).toEqual([
    'reservation_token RESERVATION_TOKEN_EXPIRED',
  ]);
  expect((await seatsByStatus(served)).RESERVED).toEqual([]);
});

test('SECURITY 9: a call that was let in with a token just before its end cannot spend it again after', async () => {
  const clock = adjustableClock();
  const shared = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => shared.close());
  const { store, holdUp } = heldUpStore(shared);
  const served = await serveOn({ store, clock: clock.now, worker: false });
  await putOnSale(served, saleOf({ now: clock.now() }));
  const token = await admittedTo('show', served);
  const late = holdUp('transact', seatTable.name, seatKey('show', 'A2'));
  const second = reserve(served, token, 'A2');
  await late.reached;
  expect(refusalOf(await reserve(served, token, 'A1'))).toBeUndefined();
  clock.advance(30_001);
  late.goOn();
  expect(refusalOf(await second)?.details).toEqual(['reservation_token RESERVATION_TOKEN_SPENT']);
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']);
});

test('SECURITY 9: a token that is spent holds no seats, not even for a moment', async () => {
  const shared = await openStore({ memory: true, data: '' }, Date.now);
  onTestFinished(() => shared.close());
  const { store, holdUp } = heldUpStore(shared);
  const served = await serveOn({ store, clock: Date.now, worker: false });
  await putOnSale(served, saleOf({}));
  const token = await admittedTo('show', served);
  const { reservationId } = await reserve(served, token, 'A1');
  const hold = holdUp('transact', seatTable.name, seatKey('show', 'A2'));
  const refused = reserve(served, token, 'A2');
  expect(await Promise.race([refused.then(refusalOf), hold.reached])).toMatchObject({
    details: ['reservation_token RESERVATION_TOKEN_SPENT'],
  });
  hold.goOn();
  // Whoever asks again for what they have gets the same answer.
  expect(await reserve(served, token, 'A1')).toMatchObject({ reservationId });
});

test('a call that another process has answered under the same key and token leaves its seats alone', async () => {
  const shared = await openStore({ memory: true, data: '' }, Date.now);
  onTestFinished(() => shared.close());
  const { store, holdUp } = heldUpStore(shared);
  const first = await serveOn({ store, clock: Date.now, worker: false });
  const second = await serveOn({ store: shared, clock: Date.now, worker: false });
  await putOnSale(first, saleOf({}));
  const reservationToken = await admittedTo('show', first);
  const request = { eventId: 'show', seatIds: ['A1'], userId, reservationToken, idempotencyKey: 'twice' };
  const record = holdUp('transact', reservationTable.name);
  const slow = first.reservations.createReservation(request);
  await record.reached;
  const fast = await second.reservations.createReservation(request);
  expect(refusalOf(fast)).toBeUndefined();
  record.goOn();

  expect(await slow).toEqual(fast);
  const { reservationId } = fast;
  const paymentIntentId = await intentFor(second, reservationId, userId);
  await second.payments.processPayment({ paymentIntentId });
  const sale = { reservationId, paymentIntentId, userId };
  expect(refusalOf(await second.reservations.confirmReservation(sale))).toBeUndefined();
});

test('seats of a call that nobody waited for go back on sale, and a new attempt gets them', async () => {
  const shared = await openStore({ memory: true, data: '' }, Date.now);
  onTestFinished(() => shared.close());
  const { store, holdUp } = heldUpStore(shared);
  // With the contract's own deadlines: 250 ms for the inventory.
  const served = await serveOn({ store, clock: Date.now, worker: false, settings: { minDeadlineMs: 0 } });
  await putOnSale(served, saleOf({}));
  await seatsByStatus(served);
  const request = { eventId: 'show', seatIds: ['A1'], userId, idempotencyKey: 'given-up' };
  const late = holdUp('transact', seatTable.name, seatKey('show', 'A1'));
  await expect(served.reservations.createReservation(request)).rejects.toThrow('deadline');
  late.goOn();
  await eventually(async () => expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']));
  // Nobody asks again: long before the hold would lapse, the seat is free.
  await eventually(async () => expect((await seatsByStatus(served)).RESERVED).toEqual([]));
  const again = await served.reservations.createReservation(request);
  expect(refusalOf(again)).toBeUndefined();
  const { reservations } = await served.reservations.listReservations({ userId });
  expect(reservations.map(({ status }) => status).sort()).toEqual([
    ReservationStatus.HOLD,
    ReservationStatus.FAILED,
  ]);
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']);
});
