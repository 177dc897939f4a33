/** Seats that a reservation holds, has bought or has given back. Times are epoch milliseconds. */
export interface Hold {
  readonly reservationId: string;
  readonly eventId: string;
  /** Empty when the buyer is not known; no ticket limit is counted then. */
  readonly userId: string;
  /** In the order of section, row and number. */
  readonly seatIds: readonly string[];
  /** Of each seat, as it was when the hold was made; in the order of `seatIds`. */
  readonly prices: readonly number[];
  /** A hold whose time is over is expired, whether it is still written down as active or not: see `holdStateAt`. */
  readonly state: HoldState;
  readonly expiresAt: number;
  readonly orderId?: string;
  readonly paymentIntentId?: string;
  readonly committedAt?: number;
  readonly releasedAt?: number;
  /** Seats that were sold, refunded and put back on sale; no longer among `seatIds`. */
  readonly returnedSeatIds?: readonly string[];
  readonly returnedAt?: number;
}

/** States of a hold. */
export type HoldState = 'ACTIVE' | 'COMMITTED' | 'RELEASED' | 'EXPIRED' | 'RETURNED';

/** The state as of now: an active hold whose time is over is expired. */
export function holdStateAt(hold: Hold, now: number): HoldState {
  return hold.state === 'ACTIVE' && hold.expiresAt <= now ? 'EXPIRED' : hold.state;
}

/** Epoch milliseconds from which on the hold has no seats any more, written down or not; `undefined` while it has bought some. */
export function endOfHold(hold: Hold): number | undefined {
  switch (hold.state) {
    case 'COMMITTED':
      return undefined;
    case 'ACTIVE':
    case 'EXPIRED':
      return hold.expiresAt;
    case 'RELEASED':
      return hold.releasedAt ?? hold.expiresAt;
    case 'RETURNED':
      return hold.returnedAt ?? hold.expiresAt;
  }
}

/** Whether a list names exactly the hold's seats, in any order. */
export function holdsExactly(hold: Hold, seatIds: readonly string[]): boolean {
  return seatIds.length === hold.seatIds.length && seatIds.every((id) => hold.seatIds.includes(id));
}

/** The hold without some of its seats. */
export function withoutSeats(hold: Hold, seatIds: readonly string[]): Hold {
  const kept = hold.seatIds
    .map((id, at) => ({ id, price: hold.prices[at] as number }))
    .filter(({ id }) => !seatIds.includes(id));
  return { ...hold, seatIds: kept.map(({ id }) => id), prices: kept.map(({ price }) => price) };
}
