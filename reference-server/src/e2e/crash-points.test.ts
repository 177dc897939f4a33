import { ConnectError } from '@connectrpc/connect';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { audit } from './audit.ts';
import { eventually, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { dyingStore } from './dying-store.ts';
import { refusalOf } from './refusal.ts';
import { area, type EventInit, putOnSale, saleOf } from './sale.ts';
import { type Served, serveOn } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

const HOLD_MS = 60_000;

/** A process that dies when it is told to, and one that goes on and has a worker, on one store. */
const running = beforeAllTests(async (cleanUp) => {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => store.close());
  const { store: dying, dieAfter, revive } = dyingStore(store);
  const options = { clock: clock.now, cleanUp, settings: { paymentDelayMs: 1_000 } };
  const mortal = await serveOn({ ...options, store: dying, worker: false });
  const other = await serveOn({ ...options, store, worker: true });
  /** A process that knows the seats from the store alone: the others do not hear of one another's changes. */
  const newcomer = () => serveOn({ store, clock: clock.now, worker: false });
  return { clock, store, dieAfter, revive, mortal, other, newcomer };
});

/** Books under the same keys every time it is called. @returns the order, or the refusal. */
async function book(served: Served, eventId: string, scenario: PaymentScenario) {
  const { reservations, payments } = served;
  const userId = `ann-${eventId}`;
  const key = (step: string) => `${eventId}/${step}`;
  const created = await reservations.createReservation({
    eventId,
    userId,
    seatIds: ['A1', 'A2'],
    idempotencyKey: key('reserve'),
  });
  const { reservationId } = created;
  const intent = await payments.createPaymentIntent({
    reservationId,
    userId,
    scenario,
    idempotencyKey: key('intent'),
  });
  const { paymentIntentId } = intent;
  const paid = await payments.processPayment({ paymentIntentId, idempotencyKey: key('pay') });
  if (paid.status !== PaymentStatus.COMPLETED) {
    return { reservationId, paymentIntentId, orderId: '' };
  }
  const confirmed = await reservations.confirmReservation({
    reservationId,
    paymentIntentId,
    userId,
    idempotencyKey: key('confirm'),
  });
  expect([created, intent, paid, confirmed].map(refusalOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  return { reservationId, paymentIntentId, orderId: confirmed.orderId };
}

let sales = 0;

/**
 * Kills the process at every transaction of a booking in turn, until the booking gets through before.
 *
 * @param then What happens after each death; not after the booking that got through.
 */
async function atEveryCrash(
  moment: 'before' | 'after',
  scenario: PaymentScenario,
  sections: EventInit,
  then: (eventId: string) => Promise<void>,
): Promise<number> {
  const { mortal, other, clock, dieAfter, revive } = running();
  for (let transactions = 0; ; transactions++) {
    const eventId = `show-${++sales}`;
    await putOnSale(other, saleOf({ now: clock.now(), event: { ...sections, id: eventId } }));
    dieAfter(transactions, moment);
    const ended = await book(mortal, eventId, scenario).catch(ConnectError.from);
    if (!revive()) {
      expect(ended).not.toBeInstanceOf(ConnectError);
      return transactions;
    }
    await then(eventId);
  }
}

/** Waits until the records of all services agree. */
async function booksAgree(): Promise<void> {
  const { store, clock } = running();
  await eventually(async () => {
    // Work that has failed is tried again after a pause.
    clock.advance(100);
    expect((await audit(store, clock.now(), 10)).violations).toEqual([]);
  });
}

/** Twenty seats in rows, or as many places of an area; A1 and A2 are among them. */
const kinds: Readonly<Record<'rows' | 'an area', EventInit>> = {
  rows: {},
  'an area': { sections: area('field', { A: 20 }) },
};

test.each([
  ['before', 'rows'],
  ['after', 'rows'],
  ['before', 'an area'],
  ['after', 'an area'],
] as const)(
  'wherever a process dies (%s a transaction), its buyer comes back and gets one booking (%s)',
  async (moment, kind) => {
    const { other, newcomer } = running();
    const orders = new Map<string, string>();
    const points = await atEveryCrash(moment, PaymentScenario.APPROVE, kinds[kind], async (eventId) => {
      orders.set(eventId, (await book(other, eventId, PaymentScenario.APPROVE)).orderId);
    });
    // Hold and reservation, intent, payment, sale and confirmation at least.
    expect(points).toBeGreaterThanOrEqual(6);
    await booksAgree();

    const late = await newcomer();
    for (const [eventId, orderId] of orders) {
      expect(await seatsByStatus(late, eventId)).toMatchObject({ SOLD: ['A1', 'A2'], RESERVED: [] });
      const mine = await late.reservations.listReservations({ userId: `ann-${eventId}` });
      expect(mine.reservations).toMatchObject([{ orderId, status: ReservationStatus.CONFIRMED }]);
    }
  },
);

test.each([
  ['before', PaymentScenario.APPROVE, 'rows'],
  ['after', PaymentScenario.APPROVE, 'rows'],
  ['before', PaymentScenario.DELAY, 'rows'],
  ['after', PaymentScenario.DELAY, 'rows'],
  ['before', PaymentScenario.DELAY, 'an area'],
  ['after', PaymentScenario.APPROVE, 'an area'],
] as const)(
  'wherever a process dies (%s a transaction), a buyer who never comes back has a ticket, or keeps the money (%s, %s)',
  async (moment, scenario, kind) => {
    const { newcomer, clock } = running();
    const eventIds: string[] = [];
    await atEveryCrash(moment, scenario, kinds[kind], async (eventId) => {
      eventIds.push(eventId);
    });
    await booksAgree();
    clock.advance(2 * HOLD_MS);
    await booksAgree();

    // What was not paid for is on sale again.
    const late = await newcomer();
    for (const eventId of eventIds) {
      const { SOLD, RESERVED } = await seatsByStatus(late, eventId);
      expect(RESERVED).toEqual([]);
      const next = await late.reservations.createReservation({ eventId, userId: 'bob', seatIds: ['A1'] });
      expect(refusalOf(next)?.code).toBe(SOLD.length === 0 ? undefined : 'INVENTORY_CONFLICT');
    }
  },
);
