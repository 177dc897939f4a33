import { ReleaseStatus } from '@traffic-tacos/contracts/reservation/v1';
import type { Call } from '@traffic-tacos/server';
import type { Reservation } from '../../domain/reservation/reservation.ts';
import { ConditionFailed } from '../../store/index.ts';
import type { ReservationDeps } from './deps.ts';
import { putUnsold } from './reservation-record.ts';
import { reservationTable } from './tables.ts';

/**
 * When a hold whose reservation was never recorded is given back, in milliseconds after the call that failed. Its
 * caller may try again before that, for the 3 seconds of a call. A hold can still be on its way to the store, for as
 * long as a call runs at most, so it is looked for more than once.
 */
const LOOKS_MS = [4_000, 8_000, 16_000, 32_000];

/** The reservation that was to be made. */
type Intended = Pick<Reservation, 'id' | 'eventId' | 'userId'>;

/**
 * Gives back what a call may hold that failed before its reservation was recorded. Where the process ends before,
 * the hold lapses by itself.
 */
export function giveBackLater(deps: ReservationDeps, intended: Intended, log: Call['log']): void {
  const [first = 0, ...later] = LOOKS_MS;
  const look = (after: number, next: readonly number[]): void => {
    setTimeout(() => {
      giveBack(deps, intended).then(
        (done) => {
          const [pause, ...rest] = next;
          if (!done && pause !== undefined) {
            look(pause - after, rest);
          }
        },
        (err: unknown) =>
          log.warn({ err, reservation: intended.id }, 'a hold could not be given back; it lapses'),
      );
    }, after).unref();
  };
  look(first, later);
}

/** @returns whether nothing is left to do. */
async function giveBack(deps: ReservationDeps, intended: Intended): Promise<boolean> {
  if (!(await markFailed(deps, intended))) {
    return true;
  }
  const { status } = await deps.inventory.releaseHold({
    reservationId: intended.id,
    eventId: intended.eventId,
    reason: 'the reservation was never made',
    idempotencyKey: `${intended.id}/abandon/${deps.clock()}`,
  });
  return status !== ReleaseStatus.NOT_FOUND;
}

/** Records the reservation as failed, after which nobody can record it otherwise. `false`: it was made after all. */
async function markFailed(deps: ReservationDeps, { id, eventId, userId }: Intended): Promise<boolean> {
  const now = deps.clock();
  const failed: Reservation = {
    id,
    eventId,
    userId,
    state: 'FAILED',
    seats: [],
    total: 0,
    currency: '',
    createdAt: now,
    updatedAt: now,
    holdExpiresAt: now,
    extendedSeconds: 0,
    eventSequence: 0,
  };
  try {
    await deps.store.transact([putUnsold(failed, 'absent')]);
    deps.onState(failed.state);
    return true;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) {
      throw error;
    }
    return (await deps.store.get(reservationTable, id))?.value.state === 'FAILED';
  }
}
