import type { CallOptions } from '@connectrpc/connect';
import { PaymentService, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import {
  CompensationActionType,
  InventoryService,
  ReleaseStatus,
  ReservationService,
} from '@traffic-tacos/contracts/reservation/v1';
import { refuse } from '@traffic-tacos/server';
import { type Reservation, stateAt } from '../../domain/reservation/reservation.ts';
import { expire, fail } from '../../domain/reservation/transitions.ts';
import { emit } from '../../events/index.ts';
import { clearTimer } from '../../timers/index.ts';
import { putUnsold, reservationEvent, reservationOf } from '../reservation/reservation-record.ts';
import { answered } from '../shared/answered.ts';
import { contended } from '../shared/contended.ts';
import type { WorkerDeps } from './deps.ts';
import { fullRefund } from './full-refund.ts';
import { paymentsOf } from './payments-of.ts';
import { expireHold } from './process-expiry.ts';
import { returnRefundedSeats } from './return-refunded-seats.ts';
import { type Attempt, type Tried, tryAll } from './tried.ts';

/** A booking to be undone. */
export interface Booking {
  readonly deps: WorkerDeps;
  /** As it was when the compensation began. */
  readonly reservation: Reservation;
  readonly nested: CallOptions;
}

/** Gives back the seats of a hold, which then has failed. */
export async function releaseSeats(booking: Booking): Promise<readonly Tried[]> {
  const { deps, reservation } = booking;
  refuseConfirmed(booking, 'its seats are sold; they come back with a refund');
  if (stateAt(reservation, deps.clock()) !== 'HOLD') {
    return [];
  }
  return tryAll(deps.clock, [
    {
      type: CompensationActionType.INVENTORY_RELEASE,
      service: InventoryService.typeName,
      what: 'Gave back the seats that the reservation held.',
      work: () => failHold(booking),
    },
  ]);
}

async function failHold({ deps, reservation: { id }, nested }: Booking): Promise<boolean> {
  return contended(`reservation ${id}`, async () => {
    const item = await reservationOf(deps.store, id, () => true);
    const now = deps.clock();
    const failed = fail(item.value, now);
    if (!failed.ok || !failed.changed) {
      return false;
    }
    const { status } = await deps.inventory.releaseHold(
      {
        reservationId: id,
        eventId: item.value.eventId,
        reason: 'the booking cannot be completed',
        idempotencyKey: `${id}/fail`,
      },
      nested,
    );
    if (status === ReleaseStatus.FAILED) {
      throw refuse('CONCURRENT_MODIFICATION', `reservation "${id}" is just being confirmed`);
    }
    await deps.store.transact([
      putUnsold(failed.reservation, { version: item.version }),
      clearTimer('reservation-expiry', id),
      emit(reservationEvent('reservation.cancelled', failed.reservation, now)),
    ]);
    deps.onState(failed.reservation.state);
    return true;
  });
}

/** Pays back what was paid, and puts the seats it bought back on sale. */
export async function refundPayments(booking: Booking): Promise<readonly Tried[]> {
  const { deps, reservation, nested } = booking;
  const payments = await paymentsOf(deps, reservation, nested);
  const attempts = payments.flatMap(({ paymentIntentId, status }): Attempt[] => {
    const type = CompensationActionType.PAYMENT_REFUND;
    const service = PaymentService.typeName;
    if (status === PaymentStatus.PROCESSING) {
      const work = (): Promise<boolean> => {
        throw refuse('CONCURRENT_MODIFICATION', `payment "${paymentIntentId}" has no result yet`);
      };
      return [{ type, service, what: `Waited for the result of payment ${paymentIntentId}.`, work }];
    }
    const refund: Attempt = {
      type,
      service,
      what: `Paid back what was left of payment ${paymentIntentId}.`,
      work: async () => {
        answered(await deps.payments.cancelPayment(fullRefund(reservation.id, paymentIntentId), nested));
        return true;
      },
    };
    const seats: Attempt = {
      type: CompensationActionType.INVENTORY_RELEASE,
      service: InventoryService.typeName,
      what: 'Put the refunded seats back on sale.',
      work: async () => {
        const refunded = {
          reservationId: reservation.id,
          paymentIntentId,
          refundId: 'rest',
          seatIds: undefined,
        };
        const { payment } = answered(await deps.payments.getPaymentStatus({ paymentIntentId }, nested));
        const isRefunded = payment?.status === PaymentStatus.REFUNDED;
        return isRefunded && (await returnRefundedSeats(deps, refunded, nested)).length > 0;
      },
    };
    switch (status) {
      case PaymentStatus.COMPLETED:
        return [refund, seats];
      case PaymentStatus.REFUNDED:
        return [seats];
      default:
        return [];
    }
  });
  return tryAll(deps.clock, attempts);
}

/** Cancels a hold. */
export async function cancelReservation(booking: Booking): Promise<readonly Tried[]> {
  const { deps, reservation, nested } = booking;
  refuseConfirmed(booking, 'it is given back by refunding its payment');
  if (stateAt(reservation, deps.clock()) !== 'HOLD') {
    return [];
  }
  return tryAll(deps.clock, [
    {
      type: CompensationActionType.RESERVATION_CANCEL,
      service: ReservationService.typeName,
      what: 'Cancelled the reservation and gave back its seats.',
      work: async () => {
        const { id: reservationId } = reservation;
        const reason = 'the booking cannot be completed';
        const idempotencyKey = `${reservationId}/cancel`;
        answered(
          await deps.reservations.cancelReservation({ reservationId, reason, idempotencyKey }, nested),
        );
        return true;
      },
    },
  ]);
}

/** Removes what a booking that is over has left behind. */
export async function cleanUp(booking: Booking): Promise<readonly Tried[]> {
  const { deps, reservation, nested } = booking;
  const { id: reservationId, eventId } = reservation;
  const state = stateAt(reservation, deps.clock());
  if (state === 'HOLD') {
    return [];
  }
  const payments = await paymentsOf(deps, reservation, nested);
  const calledOff = payments
    .filter(({ status }) => status === PaymentStatus.PENDING)
    .map(
      ({ paymentIntentId }): Attempt => ({
        type: CompensationActionType.PAYMENT_REFUND,
        service: PaymentService.typeName,
        what: `Called off payment intent ${paymentIntentId}, which nobody can pay any more.`,
        work: async () => {
          const idempotencyKey = `${reservationId}/call-off/${paymentIntentId}`;
          answered(await deps.payments.cancelPayment({ paymentIntentId, idempotencyKey }, nested));
          return true;
        },
      }),
    );
  if (state === 'CONFIRMED' || state === 'REFUNDED') {
    return tryAll(deps.clock, calledOff);
  }
  const hold: Attempt = {
    type: CompensationActionType.INVENTORY_RELEASE,
    service: InventoryService.typeName,
    what: 'Gave back a hold that no reservation needs any more.',
    work: async () => {
      const item = await reservationOf(deps.store, reservationId, () => true);
      const expired = expire(item.value, deps.clock());
      if (expired.ok && expired.changed) {
        await expireHold(deps, item, expired.reservation, nested);
        return true;
      }
      if (item.value.state === 'HOLD') {
        // Prolonged meanwhile.
        return false;
      }
      const { status } = await deps.inventory.releaseHold(
        {
          reservationId,
          eventId,
          reason: 'left behind',
          idempotencyKey: `${reservationId}/clean-up/${deps.clock()}`,
        },
        nested,
      );
      if (status === ReleaseStatus.FAILED) {
        throw refuse('FAILED_PRECONDITION', `the seats of reservation "${reservationId}" are sold`);
      }
      return status === ReleaseStatus.SUCCESS;
    },
  };
  return tryAll(deps.clock, [hold, ...calledOff]);
}

function refuseConfirmed({ reservation }: Booking, why: string): void {
  if (reservation.state === 'CONFIRMED') {
    throw refuse('FAILED_PRECONDITION', `reservation "${reservation.id}" is confirmed: ${why}`, [
      { field: 'compensation_type', reason: 'RESERVATION_ALREADY_CONFIRMED', value: reservation.id },
    ]);
  }
}
