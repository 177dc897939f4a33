/** States of a reservation. A hold ends in one of the others; only a confirmed one can become refunded. */
export type ReservationState = 'HOLD' | 'CONFIRMED' | 'CANCELLED' | 'EXPIRED' | 'FAILED' | 'REFUNDED';

/** A seat as it was when it was held: its price stays for the hold. */
export interface ReservedSeat {
  readonly id: string;
  readonly section: string;
  readonly row: string;
  readonly number: string;
  /** In the smallest unit of the reservation's currency. */
  readonly price: number;
}

/** What the reservation service keeps. Times are epoch milliseconds. */
export interface Reservation {
  readonly id: string;
  readonly eventId: string;
  /** Empty for a buyer without an id, which only the dev profile lets in. */
  readonly userId: string;
  readonly state: ReservationState;
  readonly seats: readonly ReservedSeat[];
  readonly total: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly holdExpiresAt: number;
  /** Seconds that were added to the hold in all. */
  readonly extendedSeconds: number;
  /** The intent that paid for it, once confirmed. */
  readonly paymentIntentId?: string;
  readonly orderId?: string;
  readonly confirmedAt?: number;
  readonly cancelledAt?: number;
  /** Seats of a confirmed reservation that were refunded and are on sale again; all of them once REFUNDED. */
  readonly refundedSeatIds?: readonly string[];
  readonly metadata?: ReservationMetadata;
  /** Number of the last event about this reservation; the first is 1. */
  readonly eventSequence: number;
}

/** Where the request came from, as the buyer's client said. */
export interface ReservationMetadata {
  readonly source?: string;
  readonly userAgent?: string;
  readonly ipAddress?: string;
  readonly sessionId?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The state as of now: a hold whose time is over is expired, whether or not anybody has written that down. */
export function stateAt(reservation: Reservation, now: number): ReservationState {
  return reservation.state === 'HOLD' && reservation.holdExpiresAt <= now ? 'EXPIRED' : reservation.state;
}
