import { type BookingContext, takeStep } from './context.ts';
import type { Confirmed } from './step.ts';

/** Gets the order of a reservation that is paid. */
export async function confirm(
  context: BookingContext,
  reservationId: string,
  paymentIntentId: string,
): Promise<Confirmed> {
  const { gateway, request } = context;
  const { userId = '' } = request;
  const answer = await takeStep(context, (idempotencyKey) =>
    gateway.confirmReservation({ reservationId, paymentIntentId, userId, idempotencyKey }),
  );
  return { type: 'confirmed', orderId: answer.orderId, reservationId, seats: answer.confirmedSeats };
}
