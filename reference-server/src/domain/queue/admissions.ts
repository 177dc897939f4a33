import { expiryHeap } from '../time/expiry-heap.ts';

/** A right with an id and an end, in epoch milliseconds. */
export interface Timed {
  readonly id: string;
  readonly expiresAt: number;
}

/** A buyer who is inside, and why. Times are epoch milliseconds. */
export interface Admission {
  readonly sequence: number;
  /** When the turn came. What happened before is about another place. */
  readonly since: number;
  /** Until when a reservation token may be asked for. */
  readonly readyUntil: number;
  /** The last reservation token given out. */
  readonly token?: Timed;
  /** The reservation that was made with it; it ends the place. */
  readonly reservation?: Timed;
  /** Given up; only a token that was given out keeps it here. */
  readonly left?: true;
}

/** When the buyer is no longer inside, unless something happens before. */
export function endOf({ readyUntil, token, reservation, left }: Admission): number {
  if (reservation !== undefined) {
    return reservation.expiresAt;
  }
  return Math.max(left ? 0 : readyUntil, token?.expiresAt ?? 0);
}

/** The buyers of a line who are inside: may ask for a token, have one, or have a hold. */
export interface Admissions {
  readonly count: number;
  get(sequence: number): Admission | undefined;
  /** Adds one, or replaces it. */
  set(admission: Admission): void;
  remove(sequence: number): void;
  /** The place of a reservation that is open. */
  placeOf(reservationId: string): number | undefined;
  /** Removes and returns one whose end has come, or `undefined` when there is none. */
  takeOver(now: number): Admission | undefined;
}

/** Nobody. */
export function admissions(): Admissions {
  const inside = new Map<number, Admission>();
  const byReservation = new Map<string, number>();
  const ends = expiryHeap();

  const remove = (sequence: number): void => {
    const reservation = inside.get(sequence)?.reservation;
    if (reservation !== undefined) {
      byReservation.delete(reservation.id);
    }
    inside.delete(sequence);
  };

  return {
    get count() {
      return inside.size;
    },
    get: (sequence) => inside.get(sequence),
    set(admission) {
      inside.set(admission.sequence, admission);
      if (admission.reservation !== undefined) {
        byReservation.set(admission.reservation.id, admission.sequence);
      }
      ends.push(endOf(admission), admission.sequence);
    },
    remove,
    placeOf: (reservationId) => byReservation.get(reservationId),
    takeOver(now) {
      // The heap may know an end that has moved since, or one that came to nothing.
      for (let due = ends.popDue(now); due !== undefined; due = ends.popDue(now)) {
        const admission = inside.get(due);
        if (admission !== undefined && endOf(admission) <= now) {
          remove(due);
          return admission;
        }
      }
      return undefined;
    },
  };
}
