import {
  type AreaShard,
  freeShard,
  isSold,
  placesHeldBy,
  prolonged,
  withHold,
  withoutHeld,
  withoutSold,
  withSold,
} from '../../domain/inventory/area-shard.ts';
import type { SeatMap } from '../../domain/inventory/seat-map.ts';
import { ConditionFailed, type Item, put, remove, type Store, type Write } from '../../store/index.ts';
import type { ApplySeat } from './apply-seat.ts';
import { type AreaPart, partsOf, wholePart } from './area-parts.ts';
import { type OwnSeats, type SeatChange, type SeatRecords, together } from './seat-records.ts';
import { type AreaItem, areaTable } from './tables.ts';

type Known = Pick<Item<AreaItem>, 'value' | 'version'>;

/** The records of the places of areas, an item for each shard. */
export interface AreaRecords extends SeatRecords {
  /** Takes over a shard that was read when the event was loaded. */
  load(item: Item<AreaItem>): void;
}

/** The records of an event's areas. Remembers the shards that are not all free, as they were read or written last. */
export function areaRecords(options: {
  readonly eventId: string;
  readonly store: Store;
  readonly map: SeatMap;
  readonly apply: ApplySeat;
}): AreaRecords {
  const { eventId, store, map, apply } = options;
  const known = new Map<string, Known>();

  /** Has the map take over some places of a shard. */
  const show = ({ start }: AreaPart, shard: AreaShard, version: number, places: Iterable<number>): void => {
    const expiries = new Map(
      shard.holds.flatMap((hold) => hold.places.map((place) => [place, hold.expiresAt] as const)),
    );
    for (const place of places) {
      const sold = isSold(shard, place);
      const expiresAt = expiries.get(place);
      const taken = sold || expiresAt !== undefined;
      apply(start + place, taken ? { sold, expiresAt: expiresAt ?? 0, version } : undefined);
    }
  };

  const remember = (part: AreaPart, item: Known | undefined, places: Iterable<number>): void => {
    if (item === undefined) {
      known.delete(part.key);
    } else {
      known.set(part.key, item);
    }
    show(part, item?.value ?? freeShard, item?.version ?? 0, places);
  };

  const read = async (parts: readonly AreaPart[]): Promise<readonly (Item<AreaItem> | undefined)[]> => {
    const items = await store.getMany(
      areaTable,
      parts.map(({ key }) => key),
    );
    parts.forEach((part, at) => {
      const { version } = known.get(part.key) ?? { version: 0 };
      if (version !== (items[at]?.version ?? 0)) {
        remember(
          part,
          items[at],
          Array.from({ length: part.count }, (_, place) => place),
        );
      }
    });
    return items;
  };

  const change = (part: AreaPart, before: Known | undefined, next: AreaShard): SeatChange => {
    const { key, section, shard, places } = part;
    const condition = before === undefined ? 'absent' : { version: before.version };
    const free = next.sold === '' && next.holds.length === 0;
    const value: AreaItem = { eventId, section, shard, sold: next.sold, holds: next.holds };
    const write: Write = free
      ? remove(areaTable, key, condition)
      : put(areaTable, key, value, { if: condition });
    return {
      writes: [write],
      written: (version) => remember(part, free ? undefined : { value, version }, places),
    };
  };

  return {
    load(item) {
      const part = wholePart(map.seats, item.value);
      if (part !== undefined) {
        remember(part, item, part.places);
      }
    },
    take(hold, seats, now) {
      const { reservationId, expiresAt } = hold;
      return together(
        partsOf(map.seats, eventId, seats).map((part) => {
          const before = known.get(part.key);
          const next = withHold(
            before?.value ?? freeShard,
            { reservationId, places: part.places, expiresAt },
            now,
          );
          if (next === undefined) {
            throw new ConditionFailed([{ index: 0, table: areaTable.name, key: part.key }]);
          }
          return change(part, before, next);
        }),
      );
    },
    async readOwn(hold, seats): Promise<OwnSeats> {
      const parts = partsOf(map.seats, eventId, seats);
      const items = await read(parts);
      const { reservationId } = hold;
      const sold = hold.state === 'COMMITTED';
      const own = parts.flatMap((part, at) => {
        const item = items[at];
        const held = sold || item === undefined ? [] : placesHeldBy(item.value, reservationId);
        const places = part.places.filter((place) =>
          sold ? item !== undefined && isSold(item.value, place) : held.includes(place),
        );
        return item === undefined || places.length === 0 ? [] : [{ part: { ...part, places }, item }];
      });
      const changed = (next: (shard: AreaShard, places: readonly number[]) => AreaShard): SeatChange =>
        together(own.map(({ part, item }) => change(part, item, next(item.value, part.places))));
      return {
        seats: own.flatMap(({ part }) => part.places.map((place) => part.start + place)),
        prolong: (expiresAt) => changed((shard) => prolonged(shard, reservationId, expiresAt)),
        sell: () => changed((shard, places) => withSold(shard, reservationId, places)),
        free: () =>
          changed((shard, places) =>
            sold ? withoutSold(shard, places) : withoutHeld(shard, reservationId, places),
          ),
      };
    },
    async refresh(seats) {
      const parts = partsOf(map.seats, eventId, seats);
      const items = await read(parts);
      parts.forEach((part, at) => {
        show(part, items[at]?.value ?? freeShard, items[at]?.version ?? 0, part.places);
      });
    },
  };
}
