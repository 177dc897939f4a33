import type { CallOptions } from '@connectrpc/connect';
import type { Seat } from '@traffic-tacos/contracts/common/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import type { Payment } from '../../domain/payment/payment.ts';
import type { PaidSeat } from '../../domain/payment/refund.ts';
import { refusalOf } from '../shared/answered.ts';
import { boughtNothing } from '../shared/bought-nothing.ts';
import type { PaymentDeps } from './deps.ts';

/**
 * What a completed payment has bought: the seats of its reservation, those that were refunded included, or nothing.
 * A payment whose consequence nobody has drawn yet is drawn first: what a reservation looks like in between proves
 * nothing.
 */
export async function boughtSeats(
  deps: PaymentDeps,
  payment: Payment,
  nested: CallOptions,
): Promise<readonly PaidSeat[]> {
  const { reservationId, intentId } = payment;
  const { reservation, error } = await deps.reservations.getReservation({ reservationId }, nested);
  if (error !== undefined) {
    if (boughtNothing(error.code)) {
      return [];
    }
    throw refusalOf(error);
  }
  const isSold =
    reservation?.status === ReservationStatus.CONFIRMED || reservation?.status === ReservationStatus.REFUNDED;
  if (isSold && reservation.paymentIntentId === intentId) {
    return reservation.seats.map(paidSeat);
  }
  const confirmation = await deps.reservations.confirmReservation(
    { reservationId, paymentIntentId: intentId, idempotencyKey: `${reservationId}/confirm/${intentId}` },
    nested,
  );
  if (confirmation.error === undefined) {
    return confirmation.confirmedSeats.map(paidSeat);
  }
  if (boughtNothing(confirmation.error.code)) {
    return [];
  }
  throw refusalOf(confirmation.error);
}

function paidSeat({ id, price }: Seat): PaidSeat {
  return { id, price: Number(price?.amount ?? 0n) };
}
