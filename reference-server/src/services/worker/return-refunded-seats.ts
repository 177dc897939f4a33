import type { CallOptions } from '@connectrpc/connect';
import type { Seat } from '@traffic-tacos/contracts/common/v1';
import { refund } from '../../domain/reservation/transitions.ts';
import { emit } from '../../events/index.ts';
import { put } from '../../store/index.ts';
import { reservationEvent, reservationOf } from '../reservation/reservation-record.ts';
import { reservationTable } from '../reservation/tables.ts';
import { refusalOf } from '../shared/answered.ts';
import { contended } from '../shared/contended.ts';
import type { WorkerDeps } from './deps.ts';

/** Seats whose money went back to the buyer. */
export interface RefundedSeats {
  readonly reservationId: string;
  readonly paymentIntentId: string;
  /** Names the refund among those of the reservation. */
  readonly refundId: string;
  /** `undefined`: all that the reservation still has. */
  readonly seatIds: readonly string[] | undefined;
}

/**
 * Puts refunded seats back on sale, and writes down that the reservation no longer has them. The seats go first:
 * after a crash in between, the inventory has them returned already and says so.
 *
 * @returns the seats that came back on sale; none when that was done before, or nothing was bought.
 */
export async function returnRefundedSeats(
  deps: WorkerDeps,
  refunded: RefundedSeats,
  nested: CallOptions,
): Promise<readonly Seat[]> {
  const { reservationId, paymentIntentId, refundId } = refunded;
  return contended(`reservation ${reservationId}`, async () => {
    const item = await reservationOf(deps.store, reservationId, () => true);
    const reservation = item.value;
    const seatIds = refunded.seatIds ?? reservation.seats.map(({ id }) => id);
    const now = deps.clock();
    const after = refund(reservation, seatIds, now);
    if (reservation.paymentIntentId !== paymentIntentId || !after.ok || !after.changed) {
      return [];
    }
    const { returnedSeats, error } = await deps.inventory.returnSeats(
      {
        reservationId,
        eventId: reservation.eventId,
        seatIds: [...seatIds],
        userId: reservation.userId,
        reason: 'refunded',
        idempotencyKey: `${reservationId}/return/${refundId}`,
      },
      nested,
    );
    // A sale is forgotten only some time after the last of its seats came back.
    if (error !== undefined && !error.details.some(({ reason }) => reason === 'HOLD_NOT_FOUND')) {
      throw refusalOf(error);
    }
    const before = reservation.refundedSeatIds ?? [];
    const fresh = (after.reservation.refundedSeatIds ?? []).filter((id) => !before.includes(id));
    await deps.store.transact([
      put(reservationTable, reservationId, after.reservation, { if: { version: item.version } }),
      emit({ ...reservationEvent('reservation.refunded', after.reservation, now), seatIds: fresh }),
    ]);
    if (after.reservation.state !== reservation.state) {
      deps.onState(after.reservation.state);
    }
    return returnedSeats;
  });
}
