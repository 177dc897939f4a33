import { ConnectError } from '@connectrpc/connect';
import { CompensationType } from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import type { PaymentState } from '../domain/payment/payment.ts';
import type { ReservationState } from '../domain/reservation/reservation.ts';
import { openStore } from '../open-store.ts';
import { reservationTable } from '../services/reservation/index.ts';
import type { Store } from '../store/index.ts';
import { audit } from './audit.ts';
import { bought, eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { type AdjustableClock, adjustableClock } from './clock.ts';
import { dyingStore } from './dying-store.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Served, serveOn } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

const HOLD_MS = 60_000;

/** What a buyer has before the step that is cut off, under ids of their own. */
interface Booking {
  readonly eventId: string;
  readonly reservationId: string;
  readonly paymentIntentId: string;
}

/** A step of a booking, and what must have come of it, however often its process died. */
interface Step {
  /** Prepares what the step needs. */
  readonly prepare: (served: Served) => Promise<Booking>;
  /** The step, under the same keys every time. */
  readonly run: (served: Served, booking: Booking) => Promise<unknown>;
  /** Moves time on before the step. */
  readonly wait?: number;
  readonly reservation: readonly ReservationState[];
  readonly payment: readonly (PaymentState | undefined)[];
  readonly sold: readonly string[];
}

const buyer = { userId: 'ann', seatIds: ['A1', 'A2'] };

const onHold = async (served: Served): Promise<Booking> => {
  const reservationId = await held(served, buyer);
  return { eventId: served.eventId, reservationId, paymentIntentId: '' };
};
const paid = async (served: Served): Promise<Booking> => {
  const booking = await onHold(served);
  const paymentIntentId = await intentFor(served, booking.reservationId, 'ann');
  await served.payments.processPayment({ paymentIntentId });
  return { ...booking, paymentIntentId };
};
const sold = async (served: Served): Promise<Booking> => ({
  eventId: served.eventId,
  ...(await bought(served, buyer)),
});

const steps: Readonly<Record<string, Step>> = {
  confirm: {
    prepare: paid,
    run: ({ reservations }, { eventId, reservationId, paymentIntentId }) =>
      reservations.confirmReservation({
        reservationId,
        paymentIntentId,
        userId: 'ann',
        idempotencyKey: `c/${eventId}`,
      }),
    reservation: ['CONFIRMED'],
    payment: ['COMPLETED'],
    sold: ['A1', 'A2'],
  },
  cancel: {
    prepare: onHold,
    run: ({ reservations }, { eventId, reservationId }) =>
      reservations.cancelReservation({ reservationId, userId: 'ann', idempotencyKey: `x/${eventId}` }),
    // One whose cancellation nobody asks for again lapses.
    reservation: ['CANCELLED', 'EXPIRED'],
    payment: [undefined],
    sold: [],
  },
  extend: {
    prepare: onHold,
    run: ({ reservations }, { eventId, reservationId }) =>
      reservations.extendHold({
        reservationId,
        userId: 'ann',
        extensionSeconds: 30,
        idempotencyKey: `l/${eventId}`,
      }),
    // The former time is over before anybody goes on.
    wait: HOLD_MS - 1,
    reservation: ['EXPIRED'],
    payment: [undefined],
    sold: [],
  },
  expire: {
    prepare: onHold,
    run: ({ worker }, { eventId, reservationId }) =>
      worker.processReservationExpiry({ reservationId, correlationId: `e/${eventId}` }),
    wait: HOLD_MS,
    reservation: ['EXPIRED'],
    payment: [undefined],
    sold: [],
  },
  'refund in full': {
    prepare: sold,
    run: ({ payments }, { eventId, paymentIntentId }) =>
      payments.cancelPayment({ paymentIntentId, idempotencyKey: `r/${eventId}` }),
    // A refund that was never decided is none.
    reservation: ['REFUNDED', 'CONFIRMED'],
    payment: ['REFUNDED', 'COMPLETED'],
    sold: [],
  },
  'refund of a seat': {
    prepare: sold,
    run: ({ payments }, { eventId, paymentIntentId }) =>
      payments.cancelPayment({ paymentIntentId, seatIds: ['A2'], idempotencyKey: `s/${eventId}` }),
    reservation: ['CONFIRMED'],
    payment: ['COMPLETED'],
    sold: ['A1'],
  },
  'refund before the confirmation': {
    prepare: paid,
    run: ({ payments }, { eventId, paymentIntentId }) =>
      payments.cancelPayment({ paymentIntentId, idempotencyKey: `r/${eventId}` }),
    reservation: ['REFUNDED', 'CONFIRMED'],
    payment: ['REFUNDED', 'COMPLETED'],
    sold: [],
  },
};

/** A process that dies when it is told to, and one that goes on and has a worker, on one store. */
const running = beforeAllTests(async (cleanUp) => {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => store.close());
  const dying = dyingStore(store);
  const options = { clock: clock.now, cleanUp };
  const mortal = await serveOn({ ...options, store: dying.store, worker: false });
  const next = await serveOn({ ...options, store, worker: true });
  return { clock, store, dying, mortal, next };
});

let sales = 0;

/** Waits until the records of all services agree; time goes on, so that what failed is tried again. */
const booksAgree = (store: Store, clock: AdjustableClock) =>
  eventually(async () => {
    clock.advance(100);
    const books = await audit(store, clock.now(), 10);
    expect(books.violations).toEqual([]);
    return books;
  });

const cases = Object.keys(steps).flatMap((name) =>
  (['before', 'after'] as const).flatMap((moment) =>
    (['comes back', 'stays away'] as const).map((caller) => [name, moment, caller] as const),
  ),
);

test.each(cases)(
  '%s: wherever its process dies (%s a transaction) and its caller %s, the books agree',
  { timeout: 60_000 },
  async (name, moment, caller) => {
    const { clock, store, dying, mortal, next } = running();
    const step = steps[name] as Step;
    const bookings: { readonly booking: Booking; readonly died: boolean }[] = [];
    for (let died = true; died; ) {
      const eventId = `saga-${++sales}`;
      await putOnSale(mortal, saleOf({ now: clock.now(), event: { id: eventId } }));
      const booking = await step.prepare({ ...mortal, eventId });
      clock.advance(step.wait ?? 0);
      dying.dieAfter(bookings.length, moment);
      await step.run(mortal, booking).catch(ConnectError.from);
      died = dying.revive();
      bookings.push({ booking, died });
      if (caller === 'comes back') {
        // The worker may have been faster with what the step was to do.
        await step.run(next, booking);
        await step.run(next, booking);
      }
    }
    // Each step writes something.
    expect(bookings.length).toBeGreaterThan(1);
    await booksAgree(store, clock);
    clock.advance(HOLD_MS * 2);
    const { reservations, payments } = await eventually(async () => {
      const books = await booksAgree(store, clock);
      expect(
        [...books.reservations.values()].filter(
          (of) => of.state === 'HOLD' && of.holdExpiresAt <= clock.now(),
        ),
      ).toEqual([]);
      return books;
    });
    const late = await serveOn({ store, clock: clock.now, worker: false });
    for (const { booking } of bookings) {
      const state = reservations.get(booking.reservationId)?.state;
      const money = payments.get(booking.paymentIntentId);
      expect(step.reservation).toContain(state);
      expect(step.payment).toContain(money?.state);
      const seats = (await seatsByStatus(late, booking.eventId)).SOLD;
      if (caller === 'comes back') {
        expect(seats).toEqual(step.sold);
        expect(money?.refunds?.length ?? 0).toBe(name.startsWith('refund') ? 1 : 0);
      }
      const wanted = ['A1', 'A2'].filter((id) => !seats.includes(id));
      if (wanted.length > 0) {
        const again = await late.reservations.createReservation({
          eventId: booking.eventId,
          userId: 'bob',
          seatIds: wanted,
        });
        expect(refusalOf(again)).toBeUndefined();
      }
    }
  },
);

test.each(['before', 'after'] as const)(
  'a payment whose process dies (%s a transaction) is made when its buyer comes back some seconds later',
  { timeout: 60_000 },
  async (moment) => {
    const { clock, dying, mortal, next } = running();
    let points = 0;
    for (let died = true; died; points++) {
      const eventId = `paying-${++sales}`;
      await putOnSale(mortal, saleOf({ now: clock.now(), event: { id: eventId } }));
      const { reservationId } = await onHold({ ...mortal, eventId });
      const paymentIntentId = await intentFor(mortal, reservationId, 'ann');
      // Paying takes longer than what is left of the hold.
      clock.advance(HOLD_MS - 5_000);
      const request = { paymentIntentId, idempotencyKey: `p/${eventId}` };
      dying.dieAfter(points, moment);
      await mortal.payments.processPayment(request).catch(ConnectError.from);
      died = dying.revive();
      clock.advance(2_000);
      const answer = await next.payments.processPayment(request);
      expect({ points, error: refusalOf(answer) }).toEqual({ points, error: undefined });
    }
    // The hold is prolonged before the payment is made.
    expect(points).toBeGreaterThan(2);
  },
);

const compensation =
  (compensationType: CompensationType) =>
  ({ worker }: Served, { reservationId }: Booking, failureReason: string) =>
    worker.processCompensation({
      reservationId,
      compensationType,
      failureReason,
      correlationId: crypto.randomUUID(),
    });

test.each([
  [
    'cancel',
    onHold,
    ({ reservations }: Served, { reservationId }: Booking, reason: string) =>
      reservations.cancelReservation({ reservationId, userId: 'ann', reason }),
  ],
  ['release', onHold, compensation(CompensationType.RELEASE_SEATS)],
  ['cancel for a buyer', onHold, compensation(CompensationType.CANCEL_RESERVATION)],
  ['refund', sold, compensation(CompensationType.REFUND_PAYMENT)],
] as const)(
  '%s: wherever its process dies, it is done when it is asked for again in other words',
  { timeout: 60_000 },
  async (_name, prepare, run) => {
    const { clock, store, dying, mortal, next } = running();
    let points = 0;
    for (let died = true; died; points++) {
      const eventId = `words-${++sales}`;
      await putOnSale(mortal, saleOf({ now: clock.now(), event: { id: eventId } }));
      const booking = await prepare({ ...mortal, eventId });
      dying.dieAfter(points, 'before');
      await run(mortal, booking, 'ill').catch(ConnectError.from);
      died = dying.revive();
      expect(refusalOf(await run(next, booking, 'found better seats'))).toBeUndefined();
      const { state } = (await store.get(reservationTable, booking.reservationId))?.value ?? {};
      expect(['CANCELLED', 'FAILED', 'REFUNDED']).toContain(state);
    }
    expect(points).toBeGreaterThan(2);
  },
);

test.each(['before', 'after'] as const)(
  'a refund: wherever the worker dies that puts the seats back (%s a transaction), it happens once',
  { timeout: 60_000 },
  async (moment) => {
    const clock = adjustableClock();
    const store = await openStore({ memory: true, data: '' }, clock.now);
    onTestFinished(() => store.close());
    const { store: mortal, dieAfter, hasDied, revive } = dyingStore(store);
    const shop = await serveOn({ store, clock: clock.now, worker: false });
    // Its worker goes on with what it finds after each death.
    await serveOn({ store: mortal, clock: clock.now, worker: true });
    let points = 0;
    for (let died = true; died; points++) {
      const eventId = `refund-${points}`;
      await putOnSale(shop, saleOf({ now: clock.now(), event: { id: eventId } }));
      const booking = await sold({ ...shop, eventId });
      await booksAgree(store, clock);
      dieAfter(points, moment);
      const { paymentIntentId } = booking;
      await shop.payments.cancelPayment({ paymentIntentId, seatIds: ['A2'], idempotencyKey: eventId });
      await eventually(async () => {
        const { violations } = await audit(store, clock.now(), 10);
        expect(hasDied() || violations.length === 0).toBe(true);
      });
      died = revive();
      const { reservations } = await booksAgree(store, clock);
      // Created, confirmed, refunded once: a gap or a repetition would show.
      expect(reservations.get(booking.reservationId)).toMatchObject({
        eventSequence: 3,
        refundedSeatIds: ['A2'],
      });
    }
    // The seats, the reservation, and the two events that leave the outbox.
    expect(points).toBeGreaterThan(3);
  },
);
