import {
  type BuyerHoldings,
  noHoldings,
  withHolding,
  withoutHolding,
} from '../../domain/inventory/buyer-holdings.ts';
import type { Hold } from '../../domain/inventory/hold.ts';
import { type Item, put, type Store, type Write } from '../../store/index.ts';
import { buyerKey, buyerTable } from './tables.ts';

/** What a buyer has of an event, as it was read; `undefined` for a buyer without an id. */
export type Buyer = { readonly key: string; readonly item: Item<BuyerHoldings> | undefined } | undefined;

/** Reads what the buyer of a hold has of the event. */
export async function buyerOf(
  store: Store,
  of: { readonly eventId: string; readonly userId: string },
): Promise<Buyer> {
  if (of.userId === '') {
    return undefined;
  }
  const key = buyerKey(of.eventId, of.userId);
  return { key, item: await store.get(buyerTable, key) };
}

/** The write that brings what a buyer has up to date with one of their holds. */
export function buyerWrites(buyer: Buyer, hold: Hold, now: number): Write[] {
  if (buyer === undefined) {
    return [];
  }
  const { key, item } = buyer;
  return [
    put(buyerTable, key, updated(item?.value ?? noHoldings, hold, now), {
      if: item ? { version: item.version } : 'absent',
    }),
  ];
}

function updated(has: BuyerHoldings, hold: Hold, now: number): BuyerHoldings {
  const { reservationId, expiresAt } = hold;
  const seats = hold.seatIds.length;
  switch (hold.state) {
    case 'ACTIVE':
      return withHolding(has, { reservationId, seats, expiresAt }, now);
    case 'COMMITTED':
      return withHolding(has, { reservationId, seats }, now);
    case 'RELEASED':
    case 'EXPIRED':
    case 'RETURNED':
      return withoutHolding(has, reservationId, now);
  }
}
