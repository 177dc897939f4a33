import type { ReservationState } from '../../domain/reservation/reservation.ts';
import { type Announcement, announcement, type Feed, type Topic, topic } from '../../feed/index.ts';
import { reservationTable } from './tables.ts';

/** What others are told of a reservation that has changed. Times are epoch milliseconds. */
export interface ReservationChange {
  readonly id: string;
  readonly userId: string;
  readonly state: ReservationState;
  readonly holdExpiresAt: number;
  /** Whether this made it. */
  readonly isNew: boolean;
  readonly at: number;
  /** Of the call that changed it; empty where none did. */
  readonly traceId: string;
}

/** The reservations of one user; those of buyers without an id are one topic. */
export function reservationsOf(userId: string): Topic<ReservationChange> {
  return topic(`reservations/${userId}`);
}

/** Tells of every reservation that is written. */
export function reservationChanges(feed: Feed): Announcement {
  return announcement(reservationTable, ({ value: reservation }, traceId) =>
    feed.publish(reservationsOf(reservation.userId), () => ({
      id: reservation.id,
      userId: reservation.userId,
      state: reservation.state,
      holdExpiresAt: reservation.holdExpiresAt,
      isNew: reservation.eventSequence <= 1,
      at: reservation.updatedAt,
      traceId,
    })),
  );
}
