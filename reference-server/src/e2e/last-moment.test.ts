import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  CompensationType,
  ProcessingStatus,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { outboxTable } from '../events/outbox.ts';
import { openStore } from '../open-store.ts';
import { holdTable, seatTable } from '../services/inventory/index.ts';
import { seatKey } from '../services/inventory/tables.ts';
import { reservationTable } from '../services/reservation/index.ts';
import { remove } from '../store/index.ts';
import { timerTable } from '../timers/timers.ts';
import { bought, eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { heldUpStore } from './held-up-store.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Served, serveOn } from './serve.ts';
import { beforeAllTests, sharedSale } from './shared-sale.ts';

const HOLD_MS = 60_000;
const EXTENSION_S = 30;

/**
 * A process whose operations can be held up and whose clock can be ahead, and another one on its store. Expiries come
 * when a test asks.
 */
const running = beforeAllTests(async (cleanUp) => {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => store.close());
  const slow = heldUpStore(store);
  let ahead = 0;
  const options = { worker: false, cleanUp };
  const first = await serveOn({ ...options, store: slow.store, clock: () => clock.now() + ahead });
  const second = await serveOn({ ...options, store, clock: clock.now });
  const setAhead = (milliseconds: number) => {
    ahead = milliseconds;
  };
  return { clock, store, first, second, holdUp: slow.holdUp, setAhead };
});

let sales = 0;

/** A seat that is held until one millisecond from now, and what happens to it. */
async function lastMoment() {
  const { clock, store, first, second, holdUp, setAhead } = running();
  setAhead(0);
  const eventId = `last-${++sales}`;
  await putOnSale(second, saleOf({ now: clock.now(), event: { id: eventId } }));
  const reservationId = await held({ ...second, eventId }, { userId: 'ann', seatIds: ['A1'] });
  clock.advance(HOLD_MS - 1);
  const until = clock.now() + 1 + EXTENSION_S * 1000;
  return {
    clock,
    setAhead,
    first: { ...first, eventId },
    second: { ...second, eventId },
    reservationId,
    until,
    /** Stop the first process on its way to read the held seat, to change the hold, to read or change the reservation. */
    holdUpSeat: () => holdUp('getMany', seatTable.name, seatKey(eventId, 'A1')),
    holdUpHold: () => holdUp('transact', holdTable.name, reservationId),
    holdUpLook: () => holdUp('get', reservationTable.name, reservationId),
    holdUpRecord: () => holdUp('transact', reservationTable.name, reservationId),
    extend: ({ reservations }: Served) =>
      reservations.extendHold({ reservationId, userId: 'ann', extensionSeconds: EXTENSION_S }),
    expire: ({ worker }: Served) =>
      worker.processReservationExpiry({ reservationId, correlationId: crypto.randomUUID() }),
    /** Has the events of the reservation's changes delivered: what is left in the outbox is no condition any more. */
    eventsLeave: () =>
      store.transact([2, 3, 4].map((sequence) => remove(outboxTable, `${reservationId}/${sequence}`))),
    status: async () => {
      const { reservation } = await second.reservations.getReservation({ reservationId, userId: 'ann' });
      return reservation?.status;
    },
    timer: async () => (await store.get(timerTable, `reservation-expiry/${reservationId}`))?.value,
  };
}

test('an extension that is not recorded when the former time is over is not undone by the expiry', async () => {
  const { clock, first, second, reservationId, until, holdUpRecord, ...booking } = await lastMoment();
  const record = holdUpRecord();
  const extending = booking.extend(first);
  await record.reached;
  clock.advance(1);

  const early = await booking.expire(second);
  expect(early).toMatchObject({ status: ProcessingStatus.RETRY, releasedSeats: [] });
  expect(refusalOf(early)).toMatchObject({
    code: 'CONCURRENT_MODIFICATION',
    details: ['reservation_id HOLD_RUNS'],
  });
  const news = await second.webhooks.receiveExpiryWebhook({
    webhookId: `early-${reservationId}`,
    reservationId,
  });
  expect(refusalOf(news)?.code).toBe('CONCURRENT_MODIFICATION');
  record.goOn();

  expect(await extending).toMatchObject({ extensionAllowed: true, newExpiresAt: timestampFromMs(until) });
  expect(await booking.timer()).toMatchObject({ dueAt: until, attempts: 0 });
  expect((await booking.expire(second)).status).toBe(ProcessingStatus.SKIPPED);
  expect((await seatsByStatus(first)).RESERVED).toEqual(['A1']);
  const paymentIntentId = await intentFor(second, reservationId, 'ann');
  await second.payments.processPayment({ paymentIntentId });
  const confirmed = await second.reservations.confirmReservation({
    reservationId,
    paymentIntentId,
    userId: 'ann',
  });
  expect(refusalOf(confirmed)).toBeUndefined();
});

test.each(['holdUpSeat', 'holdUpHold'] as const)(
  'an expiry by a clock that is ahead, overtaken by an extension, leaves the hold alone (%s)',
  async (at) => {
    const { first, second, setAhead, ...booking } = await lastMoment();
    setAhead(1);
    const tidying = booking[at]();
    const expiring = booking.expire(first);
    await tidying.reached;
    expect(refusalOf(await booking.extend(second))).toBeUndefined();
    tidying.goOn();

    expect((await expiring).status).toBe(ProcessingStatus.SKIPPED);
    expect(await booking.status()).toBe(ReservationStatus.HOLD);
    const wish = { eventId: first.eventId, userId: 'bob', seatIds: ['A1'] };
    expect(refusalOf(await first.reservations.createReservation(wish))?.code).toBe('INVENTORY_CONFLICT');
  },
);

test('what cleans up after a hold by a clock that is ahead leaves it alone when it is prolonged meanwhile', async () => {
  const { first, second, setAhead, reservationId, holdUpLook, ...booking } = await lastMoment();
  setAhead(1);
  const looking = holdUpLook();
  const cleaning = first.worker.processCompensation({
    reservationId,
    compensationType: CompensationType.CLEANUP_ORPHANED,
    correlationId: crypto.randomUUID(),
  });
  await looking.reached;
  const lookingAgain = holdUpLook();
  looking.goOn();
  await lookingAgain.reached;
  expect(refusalOf(await booking.extend(second))).toBeUndefined();
  lookingAgain.goOn();

  expect(await cleaning).toMatchObject({ status: ProcessingStatus.SKIPPED, actionsTaken: [] });
  const wish = { eventId: first.eventId, userId: 'bob', seatIds: ['A1'] };
  expect(refusalOf(await first.reservations.createReservation(wish))?.code).toBe('INVENTORY_CONFLICT');
});

test('an extension whose hold the expiry has tidied up is refused, and the seat is free', async () => {
  const { clock, first, second, holdUpHold, ...booking } = await lastMoment();
  const prolonging = holdUpHold();
  const extending = booking.extend(first);
  await prolonging.reached;
  clock.advance(1);
  expect((await booking.expire(second)).status).toBe(ProcessingStatus.SUCCESS);
  prolonging.goOn();

  expect(refusalOf(await extending)?.code).toBe('RESERVATION_EXPIRED');
  expect(await booking.status()).toBe(ReservationStatus.EXPIRED);
  expect((await bought(second, { userId: 'bob', seatIds: ['A1'] })).seatIds).toEqual(['A1']);
});

type LastMoment = Awaited<ReturnType<typeof lastMoment>>;
type Act = (of: LastMoment, process: Served, paymentIntentId: string) => Promise<unknown>;

const compensate =
  (compensationType: CompensationType): Act =>
  ({ reservationId }, { worker }) =>
    worker.processCompensation({ reservationId, compensationType, correlationId: crypto.randomUUID() });
const cancel: Act = ({ reservationId }, { reservations }) =>
  reservations.cancelReservation({ reservationId, userId: 'ann' });
const confirm: Act = ({ reservationId }, { reservations }, paymentIntentId) =>
  reservations.confirmReservation({ reservationId, paymentIntentId, userId: 'ann' });
const extend: Act = (of, process) => of.extend(process);
const expire: Act = (of, process) => {
  of.setAhead(1);
  return of.expire(process);
};
const giveUp = compensate(CompensationType.RELEASE_SEATS);
const confirmAndRefund: Act = async (of, process, paymentIntentId) => {
  await confirm(of, process, paymentIntentId);
  await compensate(CompensationType.REFUND_PAYMENT)(of, process, paymentIntentId);
};
const lapse: Act = (of, process) => {
  of.clock.advance(1);
  return of.expire(process);
};

test.each([
  ['a cancellation', 'an expiry', cancel, lapse, ReservationStatus.EXPIRED],
  ['a confirmation', 'another one and its refund', confirm, confirmAndRefund, ReservationStatus.REFUNDED],
  ['an extension', 'a cancellation', extend, cancel, ReservationStatus.CANCELLED],
  ['an expiry by a clock that is ahead', 'a cancellation', expire, cancel, ReservationStatus.CANCELLED],
  ['a compensation', 'a cancellation', giveUp, cancel, ReservationStatus.CANCELLED],
])('%s that is overtaken by %s before its record changes nothing', async (_a, _b, slow, fast, ends) => {
  const of = await lastMoment();
  const paymentIntentId = slow === confirm ? await intentFor(of.second, of.reservationId, 'ann') : '';
  if (paymentIntentId !== '') {
    await of.second.payments.processPayment({ paymentIntentId });
  }
  const record = of.holdUpRecord();
  const acting = slow(of, of.first, paymentIntentId);
  await record.reached;
  await fast(of, of.second, paymentIntentId);
  await of.eventsLeave();
  expect(await of.status()).toBe(ends);
  record.goOn();

  await acting;
  expect(await of.status()).toBe(ends);
});

const sale = sharedSale();

test('a hold whose extension was cut off before its record lapses at the later time, and is written down then', async () => {
  const served = await sale();
  const { clock, store, inventory, eventId } = served;
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const until = clock.now() + 20 * HOLD_MS;
  // What the extension leaves.
  await inventory.reserveSeat({
    eventId,
    reservationId,
    seatIds: ['A1'],
    holdExpiresAt: timestampFromMs(until),
  });
  clock.advance(HOLD_MS);
  await eventually(async () => {
    const timer = await store.get(timerTable, `reservation-expiry/${reservationId}`);
    expect(timer?.value).toMatchObject({ dueAt: until, attempts: 0 });
  });
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']);
  clock.advance(until - clock.now());
  await eventually(async () => {
    const item = await store.get(reservationTable, reservationId);
    expect(item?.value.state).toBe('EXPIRED');
  });
  expect((await seatsByStatus(served)).RESERVED).toEqual([]);
});
