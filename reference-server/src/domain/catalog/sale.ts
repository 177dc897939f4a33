/** Where the sale of an event stands. */
export type SaleState = 'SCHEDULED' | 'ON_SALE' | 'PAUSED' | 'SOLD_OUT' | 'ENDED' | 'CANCELLED';

/** What decides where a sale stands. Times are epoch milliseconds. */
export interface Sale {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly paused: boolean;
  readonly cancelled: boolean;
}

/**
 * Where a sale stands now.
 *
 * @param freeSeats Seats that can be held at this moment; `undefined` where it does not matter.
 */
export function saleStateAt(sale: Sale, now: number, freeSeats?: number): SaleState {
  if (sale.cancelled) {
    return 'CANCELLED';
  }
  if (now >= sale.endsAt) {
    return 'ENDED';
  }
  if (sale.paused) {
    return 'PAUSED';
  }
  if (now < sale.startsAt) {
    return 'SCHEDULED';
  }
  return freeSeats === 0 ? 'SOLD_OUT' : 'ON_SALE';
}
