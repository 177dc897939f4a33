import { expiryHeap } from '../time/expiry-heap.ts';
import type { BuyerKey } from './buyer-key.ts';

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
  /** Given up, by this buyer; only a token that was given out keeps it here. */
  readonly left?: { readonly buyer: BuyerKey | undefined };
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
  count(): number;
  get(sequence: number): Admission | undefined;
  /** Adds one, or replaces it. */
  set(admission: Admission): void;
  remove(sequence: number): void;
  /** The place of a reservation that is open. */
  placeOf(reservationId: string): number | undefined;
  /** The place that a reservation token was last given to. */
  placeOfToken(tokenId: string): number | undefined;
  /** The place with a token that a buyer gave up last. */
  leftBy(buyer: BuyerKey): Admission | undefined;
  /** Removes and returns one whose end has come, or `undefined` when there is none. */
  takeOver(now: number): Admission | undefined;
}

/** Nobody. */
export function admissions(): Admissions {
  const inside = new Map<number, Admission>();
  const byReservation = new Map<string, number>();
  const ends = expiryHeap();

  const byToken = new Map<string, number>();
  const byLeaver = new Map<string, number>();

  const remove = (sequence: number): void => {
    const admission = inside.get(sequence);
    inside.delete(sequence);
    forget(byReservation, admission?.reservation?.id, sequence);
    forget(byToken, admission?.token?.id, sequence);
    forget(byLeaver, admission?.left?.buyer?.join(), sequence);
  };

  return {
    count() {
      return inside.size;
    },
    get: (sequence) => inside.get(sequence),
    set(admission) {
      const { sequence, reservation, token, left } = admission;
      remove(sequence);
      inside.set(sequence, admission);
      note(byReservation, reservation?.id, sequence);
      note(byToken, token?.id, sequence);
      note(byLeaver, left?.buyer?.join(), sequence);
      ends.push(endOf(admission), sequence);
    },
    remove,
    placeOf: (reservationId) => byReservation.get(reservationId),
    placeOfToken: (tokenId) => byToken.get(tokenId),
    leftBy(buyer) {
      const sequence = byLeaver.get(buyer.join());
      return sequence === undefined ? undefined : inside.get(sequence);
    },
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

function note(index: Map<string, number>, key: string | undefined, sequence: number): void {
  if (key !== undefined) {
    index.set(key, sequence);
  }
}

function forget(index: Map<string, number>, key: string | undefined, sequence: number): void {
  if (key !== undefined && index.get(key) === sequence) {
    index.delete(key);
  }
}
