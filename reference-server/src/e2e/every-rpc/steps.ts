import { PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect } from 'vitest';
import { saleOf } from '../sale.ts';
import type { Caller, World } from './world.ts';

/** The key of a call that is made once. */
export const key = (): { readonly idempotencyKey: string } => ({ idempotencyKey: crypto.randomUUID() });

/** A point in time, whichever. */
export const someTime: object = { seconds: expect.any(BigInt) };

/** A text that is not empty. */
export const someText: unknown = expect.stringMatching(/./);

/** The price of a seat, as answers have it. */
export const seatPrice: object = { amount: 50_000n, currency: 'KRW' };

/** An event of the seats `A1`, `A2` and `A3`, of which one is held: nobody else is there to change its numbers. */
export async function quietEvent({ admin, service }: World): Promise<string> {
  const eventId = `quiet-${crypto.randomUUID()}`;
  const event = saleOf({ rows: 1, seatsPerRow: 3, event: { id: eventId } });
  expect((await admin.catalog.createEvent({ event, ...key() })).error).toBeUndefined();
  const hold = { reservationId: `rsv_${eventId}`, eventId, seatIds: ['A2'], userId: 'buyer-x' };
  expect((await service.inventory.reserveSeat({ ...hold, ...key() })).error).toBeUndefined();
  return eventId;
}

/** A place in line. @returns the waiting token. */
export async function joined({ eventId }: Pick<World, 'eventId'>, { queue }: Caller): Promise<string> {
  const { waitingToken, error } = await queue.joinQueue({ eventId, ...key() });
  expect(error).toBeUndefined();
  return waitingToken;
}

/** A buyer who may reserve. @returns the reservation token. */
export async function admitted(world: World, buyer: Caller): Promise<string> {
  const waitingToken = await joined(world, buyer);
  const { reservationToken, error } = await buyer.queue.requestAdmission({ waitingToken, ...key() });
  expect(error).toBeUndefined();
  return reservationToken;
}

/** What a buyer has a hold of. */
export interface Held {
  readonly buyer: Caller;
  readonly reservationId: string;
  readonly seatId: string;
}

/** A new buyer's hold of one seat. */
export async function held(world: World): Promise<Held> {
  const buyer = await world.buyer();
  const seatId = world.freeSeat();
  const reservationToken = await admitted(world, buyer);
  const { reservationId, error } = await buyer.reservations.createReservation({
    eventId: world.eventId,
    seatIds: [seatId],
    reservationToken,
    ...key(),
  });
  expect(error).toBeUndefined();
  return { buyer, reservationId, seatId };
}

/** A hold that its buyer means to pay for. */
export interface Intended extends Held {
  readonly paymentIntentId: string;
}

/** A hold with a payment intent. */
export async function intended(world: World, webhookUrl = ''): Promise<Intended> {
  const hold = await held(world);
  const { paymentIntentId, error } = await hold.buyer.payments.createPaymentIntent({
    reservationId: hold.reservationId,
    webhookUrl,
    ...key(),
  });
  expect(error).toBeUndefined();
  return { ...hold, paymentIntentId };
}

/** A hold that is paid for. Who confirms it first, the buyer or the worker, is open. */
export async function paid(world: World): Promise<Intended> {
  const intent = await intended(world);
  const { paymentIntentId, buyer } = intent;
  const { status } = await buyer.payments.processPayment({ paymentIntentId, ...key() });
  expect(status).toBe(PaymentStatus.COMPLETED);
  return intent;
}

/** A sale, confirmed. */
export async function bought(world: World): Promise<Intended> {
  const intent = await paid(world);
  const { reservationId, paymentIntentId, buyer } = intent;
  const { status } = await buyer.reservations.confirmReservation({
    reservationId,
    paymentIntentId,
    ...key(),
  });
  expect(status).toBe(ReservationStatus.CONFIRMED);
  return intent;
}

/** Seats that a service holds for a reservation that is recorded nowhere else. */
export async function heldByService({ service, eventId, freeSeat }: World) {
  const hold = {
    reservationId: `rsv_${crypto.randomUUID()}`,
    eventId,
    seatIds: [freeSeat()],
    userId: 'buyer-x',
  };
  expect((await service.inventory.reserveSeat({ ...hold, ...key() })).error).toBeUndefined();
  return hold;
}
