/** Places of an area that one reservation holds until a time. */
export interface AreaHold {
  readonly reservationId: string;
  /** Offsets in the shard, ascending. */
  readonly places: readonly number[];
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Up to 64 places of an area, counted together: what decides who has one of them. Whom sold places belong to
 * stands in the holds of their reservations alone.
 */
export interface AreaShard {
  /** `1` for each place that is sold, `0` for others, up to the last one that is sold. */
  readonly sold: string;
  /** Those that have lapsed count for nothing, and go with the next hold. */
  readonly holds: readonly AreaHold[];
}

/** A shard whose places are all free. */
export const freeShard: AreaShard = { sold: '', holds: [] };

/** Places of a shard at most: what a hold rewrites stays small. */
const MAX_PLACES = 64;

/** Places of a shard where there are so many: few holds need two. */
const MIN_PLACES = 16;

/** Shards an area is divided into, where it is large enough: so many holds can be written at once. */
const SHARDS = 64;

/** Places of each shard of an area, which has this many places; the last shard may have fewer. */
export function placesPerShard(capacity: number): number {
  return Math.min(MAX_PLACES, Math.max(MIN_PLACES, Math.ceil(capacity / SHARDS)));
}

/** Whether a place is sold. */
export function isSold(shard: AreaShard, place: number): boolean {
  return shard.sold[place] === '1';
}

/** Whose hold a place is under at this moment. */
export function holdOn(shard: AreaShard, place: number, now: number): AreaHold | undefined {
  return shard.holds.find(({ places, expiresAt }) => expiresAt > now && places.includes(place));
}

/** The places that a reservation holds of the shard, lapsed or not. */
export function placesHeldBy(shard: AreaShard, reservationId: string): readonly number[] {
  return shard.holds.find((hold) => hold.reservationId === reservationId)?.places ?? [];
}

/** With a hold added; `undefined` when a place is sold or held. Holds that have lapsed are dropped. */
export function withHold(shard: AreaShard, hold: AreaHold, now: number): AreaShard | undefined {
  const taken = hold.places.some((place) => isSold(shard, place) || holdOn(shard, place, now) !== undefined);
  if (taken) {
    return undefined;
  }
  const live = shard.holds.filter(({ expiresAt }) => expiresAt > now);
  return { ...shard, holds: [...live, hold] };
}

/** With a reservation's hold lasting to another time. */
export function prolonged(shard: AreaShard, reservationId: string, expiresAt: number): AreaShard {
  return {
    ...shard,
    holds: shard.holds.map((hold) => (hold.reservationId === reservationId ? { ...hold, expiresAt } : hold)),
  };
}

/** With places that a reservation holds sold. */
export function withSold(shard: AreaShard, reservationId: string, places: readonly number[]): AreaShard {
  return { ...withoutHeld(shard, reservationId, places), sold: marked(shard.sold, places, '1') };
}

/** With places that a reservation holds free. */
export function withoutHeld(shard: AreaShard, reservationId: string, places: readonly number[]): AreaShard {
  const holds = shard.holds.flatMap((hold) => {
    if (hold.reservationId !== reservationId) {
      return [hold];
    }
    const kept = hold.places.filter((place) => !places.includes(place));
    return kept.length === 0 ? [] : [{ ...hold, places: kept }];
  });
  return { ...shard, holds };
}

/** With sold places free. */
export function withoutSold(shard: AreaShard, places: readonly number[]): AreaShard {
  return { ...shard, sold: marked(shard.sold, places, '0') };
}

function marked(sold: string, places: readonly number[], mark: '0' | '1'): string {
  const marks = [...sold.padEnd(Math.max(...places) + 1, '0')];
  for (const place of places) {
    marks[place] = mark;
  }
  return marks.join('').replace(/0+$/, '');
}
