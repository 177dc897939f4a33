import {
  type BuyerHoldings,
  endOfHoldings,
  noHoldings,
  withHolding,
  withoutHolding,
} from '../../domain/inventory/buyer-holdings.ts';
import type { Hold } from '../../domain/inventory/hold.ts';
import { type Condition, type Item, put, remove, type Store, type Write } from '../../store/index.ts';
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

/**
 * The write that brings what a buyer has up to date with one of their holds. Nothing is kept of a buyer who has nothing;
 * what is held only goes with the last hold.
 */
export function buyerWrites(buyer: Buyer, hold: Hold, now: number): Write[] {
  if (buyer === undefined) {
    return [];
  }
  const { key, item } = buyer;
  const has = updated(item?.value ?? noHoldings, hold, now);
  if (has.holdings.length === 0) {
    return item === undefined ? [] : [remove(buyerTable, key, { version: item.version })];
  }
  const condition: Condition = item === undefined ? 'absent' : { version: item.version };
  const end = endOfHoldings(has);
  return [put(buyerTable, key, has, { if: condition, ...(end !== undefined && { expiresAt: end }) })];
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
