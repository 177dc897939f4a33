import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import { type PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import {
  type CreateReservationRequestSchema,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { vi } from 'vitest';
import type { Fields } from './sale.ts';
import type { Clients, Served } from './serve.ts';

/** Holds seats for a buyer. @returns the reservation's id. */
export async function held(
  { reservations, eventId }: Pick<Served, 'reservations' | 'eventId'>,
  request: Fields<typeof CreateReservationRequestSchema>,
): Promise<string> {
  const { reservationId, error } = await reservations.createReservation({ eventId, ...request });
  if (error !== undefined) {
    throw new Error(`the reservation was refused: ${error.message}`);
  }
  return reservationId;
}

/** Makes a payment intent. @returns its id. */
export async function intentFor(
  { payments }: Pick<Clients, 'payments'>,
  reservationId: string,
  userId: string,
  scenario?: PaymentScenario,
): Promise<string> {
  const { paymentIntentId, error } = await payments.createPaymentIntent({
    reservationId,
    userId,
    ...(scenario !== undefined && { scenario }),
  });
  if (error !== undefined) {
    throw new Error(`the payment intent was refused: ${error.message}`);
  }
  return paymentIntentId;
}

/** Holds, pays and confirms. */
export async function bought(
  clients: Served,
  request: Fields<typeof CreateReservationRequestSchema> & { readonly userId: string },
): Promise<{ reservationId: string; paymentIntentId: string; orderId: string; seatIds: string[] }> {
  const { userId } = request;
  const reservationId = await held(clients, request);
  const paymentIntentId = await intentFor(clients, reservationId, userId);
  const paid = await clients.payments.processPayment({ paymentIntentId });
  const confirmed = await clients.reservations.confirmReservation({ reservationId, paymentIntentId, userId });
  if (paid.status !== PaymentStatus.COMPLETED || confirmed.status !== ReservationStatus.CONFIRMED) {
    throw new Error(`not bought: ${paid.error?.message ?? confirmed.error?.message}`);
  }
  const seatIds = confirmed.confirmedSeats.map(({ id }) => id);
  return { reservationId, paymentIntentId, orderId: confirmed.orderId, seatIds };
}

/** Every seat of an event by its status. */
export async function seatsByStatus(
  { inventory, ...served }: Pick<Served, 'inventory' | 'eventId'>,
  eventId = served.eventId,
): Promise<Readonly<Record<keyof typeof SeatStatus, readonly string[]>>> {
  const found: Record<string, string[]> = {};
  for (const name of Object.keys(SeatStatus).filter((key) => Number.isNaN(Number(key)))) {
    found[name] = [];
  }
  for (let cursor = '', more = true; more; ) {
    const page = await inventory.listSeats({ eventId, pagination: { pageSize: 100, cursor } });
    for (const seat of page.seats) {
      found[SeatStatus[seat.status]]?.push(seat.id);
    }
    cursor = page.pageInfo?.nextCursor ?? '';
    more = page.pageInfo?.hasNextPage === true;
  }
  return found as Record<keyof typeof SeatStatus, string[]>;
}

/** Waits until a check holds that the worker makes true. */
export function eventually<T>(check: () => Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 10_000, interval: 10 });
}
