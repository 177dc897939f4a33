import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import { type Payment, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import {
  type ConfirmReservationRequest,
  type ConfirmReservationResponse,
  ConfirmReservationResponseSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { type Reservation, stateAt } from '../../domain/reservation/reservation.ts';
import { confirm, confirmable } from '../../domain/reservation/transitions.ts';
import { emit } from '../../events/index.ts';
import { put } from '../../store/index.ts';
import { clearTimer } from '../../timers/index.ts';
import { answered } from '../shared/answered.ts';
import { contended } from '../shared/contended.ts';
import { moneyText } from '../shared/money.ts';
import { mayAccess } from '../shared/owner.ts';
import { recorded } from '../shared/recorded.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import type { ReservationDeps } from './deps.ts';
import { seatMessages, statusOf } from './messages.ts';
import { reservationEvent, reservationOf, transitionRefused } from './reservation-record.ts';
import { reservationTable } from './tables.ts';

/**
 * Turns a paid hold into an order. The inventory's commit decides; after a crash between it and the record of
 * the reservation, the payment's event makes the worker call this again.
 */
export async function confirmReservation(
  deps: ReservationDeps,
  request: ConfirmReservationRequest,
  call: Call,
  nested: CallOptions,
): Promise<ConfirmReservationResponse> {
  return contended(`reservation ${request.reservationId}`, async () => {
    const item = await reservationOf(deps.store, request.reservationId, (owner) =>
      mayAccess(call.caller, request.userId, owner),
    );
    const reservation = item.value;
    const answer = { reservationId: reservation.id, status: statusOf(stateAt(reservation, deps.clock())) };
    const possible = confirmable(reservation, request.paymentIntentId);
    if (!possible.ok) {
      throw transitionRefused(reservation, possible.refusal, answer);
    }
    if (reservation.state === 'CONFIRMED') {
      return responseOf(reservation);
    }
    await refuseUnpaid(deps, reservation, request.paymentIntentId, answer, nested);

    const sale = answered(
      await deps.inventory.commitReservation(
        {
          reservationId: reservation.id,
          eventId: reservation.eventId,
          seatIds: reservation.seats.map(({ id }) => id),
          paymentIntentId: request.paymentIntentId,
          userId: reservation.userId,
          idempotencyKey: `${reservation.id}/commit/${request.paymentIntentId}`,
        },
        nested,
      ),
    );
    const now = deps.clock();
    const order = {
      orderId: sale.orderId,
      paymentIntentId: request.paymentIntentId,
      confirmedAt: msOf(sale.committedAt) ?? now,
    };
    const confirmed = confirm(reservation, order, now);
    if (!confirmed.ok) {
      throw transitionRefused(reservation, confirmed.refusal, answer);
    }
    const response = responseOf(confirmed.reservation);
    await deps.store.transact([
      put(reservationTable, reservation.id, confirmed.reservation, { if: { version: item.version } }),
      clearTimer('reservation-expiry', reservation.id),
      emit(reservationEvent('reservation.confirmed', confirmed.reservation, now)),
      ...recorded(call, response),
    ]);
    deps.onState(confirmed.reservation.state);
    return response;
  });
}

/** Refuses unless the payment is completed, for this reservation and at its amount. */
async function refuseUnpaid(
  deps: ReservationDeps,
  reservation: Reservation,
  paymentIntentId: string,
  answer: object,
  nested: CallOptions,
): Promise<void> {
  const { payment } = await deps.payments.getPaymentStatus({ paymentIntentId }, nested);
  const why = unpaid(payment, reservation);
  if (why !== undefined && stateAt(reservation, deps.clock()) === 'EXPIRED') {
    throw transitionRefused(reservation, 'EXPIRED', answer);
  }
  if (why !== undefined) {
    throw refuse(
      'PAYMENT_NOT_APPROVED',
      `reservation "${reservation.id}" is not confirmed: ${why.text}`,
      [{ field: 'payment_intent_id', reason: why.reason, value: paymentIntentId }],
      { answer },
    );
  }
}

function unpaid(
  payment: Payment | undefined,
  reservation: Reservation,
): { reason: string; text: string } | undefined {
  // Somebody else's payment is not told apart from none.
  if (payment === undefined || payment.reservationId !== reservation.id) {
    return { reason: 'PAYMENT_NOT_FOUND', text: 'there is no such payment for it' };
  }
  if (payment.status !== PaymentStatus.COMPLETED) {
    const state = PaymentStatus[payment.status];
    return { reason: `PAYMENT_${state}`, text: `its payment is ${state?.toLowerCase()}, not completed` };
  }
  const { amount } = payment;
  if (amount?.amount !== BigInt(reservation.total) || amount.currency !== reservation.currency) {
    const paid = amount === undefined ? 'nothing' : moneyText(amount);
    const costs = moneyText({ amount: reservation.total, currency: reservation.currency });
    return { reason: 'PAYMENT_AMOUNT', text: `${paid} was paid, but it costs ${costs}` };
  }
  return undefined;
}

function responseOf(reservation: Reservation): ConfirmReservationResponse {
  return create(ConfirmReservationResponseSchema, {
    orderId: reservation.orderId ?? '',
    status: statusOf('CONFIRMED'),
    confirmedAt: timestampOf(reservation.confirmedAt ?? reservation.updatedAt),
    confirmedSeats: seatMessages(reservation, 'CONFIRMED'),
    reservationId: reservation.id,
    message: `Sold: ${reservation.seats.map(({ id }) => id).join(', ')}. Order ${reservation.orderId}.`,
  });
}
