import type { Client } from '@connectrpc/connect';
import { systemEnvironment } from '@traffic-tacos/client-runtime';
import type { Error as ContractError } from '@traffic-tacos/contracts/common/v1';
import { AdmissionStatus, type QueueService, QueueStatus } from '@traffic-tacos/contracts/gateway/v1';
import { type PaymentService, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { type ReservationService, ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { EVENT, seatsOf } from './sale.ts';

/** The services that a buyer calls. */
export interface Shop {
  readonly queue: Client<typeof QueueService>;
  readonly reservations: Client<typeof ReservationService>;
  readonly payments: Client<typeof PaymentService>;
}

/** Calls of one booking. */
export const CALLS = 8;

/**
 * A complete booking of two seats, by a buyer of its own: join, status, admission, reservation, intent, payment,
 * confirmation, reading it.
 *
 * @throws Error when a call is refused, or does not get as far as it must.
 */
export async function book({ queue, reservations, payments }: Shop, booking: number): Promise<void> {
  const userId = `user-${booking}`;
  const key = (): { idempotencyKey: string } => ({ idempotencyKey: systemEnvironment.uuid() });
  const { waitingToken } = done(await queue.joinQueue({ eventId: EVENT, userId, ...key() }));
  const place = done(await queue.getQueueStatus({ waitingToken }));
  expectState('the place', QueueStatus, place.status, QueueStatus.READY);
  const pass = done(await queue.requestAdmission({ waitingToken, userId, ...key() }));
  expectState('the admission', AdmissionStatus, pass.admission, AdmissionStatus.GRANTED);
  const { reservationId } = done(
    await reservations.createReservation({
      eventId: EVENT,
      userId,
      seatIds: seatsOf(booking),
      reservationToken: pass.reservationToken,
      ...key(),
    }),
  );
  const { paymentIntentId } = done(await payments.createPaymentIntent({ reservationId, userId, ...key() }));
  done(await payments.processPayment({ paymentIntentId, ...key() }));
  const confirmed = done(
    await reservations.confirmReservation({ reservationId, paymentIntentId, userId, ...key() }),
  );
  expectState('the order', ReservationStatus, confirmed.status, ReservationStatus.CONFIRMED);
  const { payment } = done(await payments.getPaymentStatus({ paymentIntentId, userId }));
  expectState('the payment', PaymentStatus, payment?.status ?? 0, PaymentStatus.COMPLETED);
}

function done<T extends { readonly error?: ContractError | undefined }>(answer: T): T {
  if (answer.error !== undefined) {
    throw new Error(`A call of a booking was refused: ${answer.error.message}`);
  }
  return answer;
}

function expectState(
  what: string,
  names: Readonly<Record<number, string>>,
  is: number,
  expected: number,
): void {
  if (is !== expected) {
    throw new Error(`${what} is ${names[is]}; expected ${names[expected]}`);
  }
}
