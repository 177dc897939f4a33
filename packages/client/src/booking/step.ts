import type { Money, Seat } from '@traffic-tacos/contracts/common/v1';

/** How far a booking has come. The steps come in this order; `type` tells them apart. */
export type BookingStep = Joined | Waiting | Admitted | SeatsChosen | Reserved | Paying | Paid | Confirmed;

/** The buyer has a place in line. */
export interface Joined {
  readonly type: 'joined';
  /** Place in line, from 1. */
  readonly position: number;
  /** Seconds until the buyer's turn; `undefined` while admission is too slow to tell. */
  readonly etaSeconds: number | undefined;
}

/** Still in line. Comes with every answer about the place, so many times or never. */
export interface Waiting {
  readonly type: 'waiting';
  /** Place in line, from 1. */
  readonly position: number;
  /** Seconds until the buyer's turn; `undefined` while admission is too slow to tell. */
  readonly etaSeconds: number | undefined;
}

/** The buyer's turn. Comes again when the right to reserve lapsed before it was used and was renewed. */
export interface Admitted {
  readonly type: 'admitted';
  /** Until when seats can be reserved without asking again, by this machine's clock. */
  readonly validUntil: Date;
}

/** `chooseSeats` has chosen. Comes again when the seats were taken meanwhile. */
export interface SeatsChosen {
  readonly type: 'seats-chosen';
  readonly seatIds: readonly string[];
}

/** The seats are held for the buyer. */
export interface Reserved {
  readonly type: 'reserved';
  readonly reservationId: string;
  readonly seats: readonly Seat[];
  /** What is to be paid. */
  readonly totalAmount: Money;
  /** Until when the seats are held, by the server's clock. Paying prolongs it. */
  readonly holdExpiresAt: Date;
}

/** The payment begins. */
export interface Paying {
  readonly type: 'paying';
  readonly paymentIntentId: string;
}

/** The money is taken. From here on nothing is given back: the tickets follow. */
export interface Paid {
  readonly type: 'paid';
  readonly paymentIntentId: string;
}

/** The tickets are the buyer's. The last step. */
export interface Confirmed {
  readonly type: 'confirmed';
  readonly orderId: string;
  readonly reservationId: string;
  readonly seats: readonly Seat[];
}
