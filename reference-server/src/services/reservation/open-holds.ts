import { type Reservation, stateAt } from '../../domain/reservation/reservation.ts';
import type { ReservationDeps } from './deps.ts';
import { reservationTable } from './tables.ts';

/** Which holds are meant. */
export interface HoldsWanted {
  /** Those of one event; of every event without. */
  readonly eventId: string | undefined;
  /** Those that were made until then, in epoch milliseconds. */
  readonly until: number;
}

/** Reads through all reservations for those that are holds now. For maintenance; on no buyer's path. */
export async function* openHolds(
  { store, clock }: Pick<ReservationDeps, 'store' | 'clock'>,
  { eventId, until }: HoldsWanted,
): AsyncGenerator<Pick<Reservation, 'id' | 'userId'>> {
  for await (const { value } of store.scan(reservationTable)) {
    const isMeant = (eventId === undefined || value.eventId === eventId) && value.createdAt <= until;
    if (isMeant && stateAt(value, clock()) === 'HOLD') {
      yield { id: value.id, userId: value.userId };
    }
  }
}
