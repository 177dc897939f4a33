import type { CallOptions } from '@connectrpc/connect';
import type { Payment } from '@traffic-tacos/contracts/payment/v1';
import type { Reservation } from '../../domain/reservation/reservation.ts';
import { answered } from '../shared/answered.ts';
import type { WorkerDeps } from './deps.ts';

/** Payments of one reservation that are looked at. */
const MANY = 100;

/** The payments made for a reservation. Of a buyer without an id only the one that bought the seats is known. */
export async function paymentsOf(
  deps: WorkerDeps,
  reservation: Reservation,
  nested: CallOptions,
): Promise<readonly Payment[]> {
  const { id: reservationId, userId, paymentIntentId } = reservation;
  if (userId !== '') {
    const pagination = { pageSize: MANY };
    return answered(await deps.payments.listPayments({ userId, reservationId, pagination }, nested)).payments;
  }
  if (paymentIntentId === undefined) {
    return [];
  }
  const { payment } = answered(await deps.payments.getPaymentStatus({ paymentIntentId }, nested));
  return payment === undefined ? [] : [payment];
}
