/** Seats of one reservation of a buyer. */
export interface Holding {
  readonly reservationId: string;
  readonly seats: number;
  /** Epoch milliseconds at which the hold lapses; absent once the seats are sold. */
  readonly expiresAt?: number;
}

/** What one buyer has of one event: the record behind the limit of tickets per buyer. */
export interface BuyerHoldings {
  readonly holdings: readonly Holding[];
}

/** A buyer without any. */
export const noHoldings: BuyerHoldings = { holdings: [] };

/** Seats held and sold at this moment. */
export function seatsOf(buyer: BuyerHoldings, now: number): number {
  return live(buyer, now).reduce((sum, holding) => sum + holding.seats, 0);
}

/** Epoch milliseconds from which on a buyer who does nothing has nothing; `undefined` for one who has bought seats. */
export function endOfHoldings({ holdings }: BuyerHoldings): number | undefined {
  const ends = holdings.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY);
  const end = Math.max(0, ...ends);
  return end === Number.POSITIVE_INFINITY ? undefined : end;
}

/** With one reservation added or replaced; holdings that have lapsed are dropped. */
export function withHolding(buyer: BuyerHoldings, holding: Holding, now: number): BuyerHoldings {
  return { holdings: [...without(buyer, holding.reservationId, now), holding] };
}

/** With one reservation removed; holdings that have lapsed are dropped. */
export function withoutHolding(buyer: BuyerHoldings, reservationId: string, now: number): BuyerHoldings {
  return { holdings: without(buyer, reservationId, now) };
}

function without(buyer: BuyerHoldings, reservationId: string, now: number): readonly Holding[] {
  return live(buyer, now).filter((holding) => holding.reservationId !== reservationId);
}

function live(buyer: BuyerHoldings, now: number): readonly Holding[] {
  return buyer.holdings.filter((holding) => holding.expiresAt === undefined || holding.expiresAt > now);
}
