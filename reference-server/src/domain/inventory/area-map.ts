import { placesPerShard } from './area-shard.ts';
import { bitTree } from './bit-tree.ts';
import { fitBit, MAX_TOGETHER } from './free-runs.ts';

/**
 * The free places of an area without seats, by shard. Holds that are made at the same time are spread over shards,
 * so that each is decided by the condition on an item of its own.
 */
export interface AreaMap {
  /** Position of the place's shard. */
  shardOf(seat: number): number;
  /** A place becomes free, or is no longer. */
  move(seat: number, by: 1 | -1): void;
  /** A write on a place begins or ends. */
  setPending(seat: number, pending: boolean): void;
  /** Whether a write on the place's shard is under way. */
  isBusy(seat: number): boolean;
  /** Free places on which no write is under way. */
  free(): number;
  /**
   * So many free places, at most 10: of one shard on which no write is under way, if there is one, else of several,
   * else of any. `undefined` when there are not so many.
   */
  choose(quantity: number, isFree: (seat: number) => boolean): number[] | undefined;
}

/** The map of an area whose places are all free. */
export function areaMap(area: { readonly start: number; readonly count: number }): AreaMap {
  const perShard = placesPerShard(area.count);
  const shards = Math.ceil(area.count / perShard);
  const free = Int32Array.from({ length: shards }, (_, shard) =>
    Math.min(perShard, area.count - shard * perShard),
  );
  const pending = new Int32Array(shards);
  const tree = bitTree(shards);
  let total = area.count;
  /** Where the next search begins. */
  let turn = 0;

  const update = (shard: number): void => {
    const some = Math.min(free[shard] as number, MAX_TOGETHER);
    const fits = (1 << some) - 1;
    tree.set(shard, pending[shard] === 0 ? fits | anyBit(fits) : anyBit(fits));
  };
  for (let shard = 0; shard < shards; shard++) {
    update(shard);
  }

  const shardOf = (seat: number): number => Math.floor((seat - area.start) / perShard);

  /** The shards that have the bit, from the one whose turn it is, once around. */
  function* around(bit: number): Generator<number> {
    for (let at = tree.next(bit, turn, shards); at >= 0; at = tree.next(bit, at + 1, shards)) {
      yield at;
    }
    for (let at = tree.next(bit, 0, turn); at >= 0; at = tree.next(bit, at + 1, turn)) {
      yield at;
    }
  }

  const take = (
    from: Iterable<number>,
    quantity: number,
    isFree: (seat: number) => boolean,
  ): number[] | undefined => {
    const chosen: number[] = [];
    for (const shard of from) {
      const first = area.start + shard * perShard;
      const end = Math.min(first + perShard, area.start + area.count);
      for (let seat = first; seat < end; seat++) {
        if (isFree(seat)) {
          chosen.push(seat);
          if (chosen.length === quantity) {
            return chosen.sort((a, b) => a - b);
          }
        }
      }
    }
    return undefined;
  };

  return {
    shardOf,
    move(seat, by) {
      const shard = shardOf(seat);
      free[shard] = (free[shard] as number) + by;
      total += by;
      update(shard);
    },
    setPending(seat, value) {
      const shard = shardOf(seat);
      pending[shard] = (pending[shard] as number) + (value ? 1 : -1);
      if (value) {
        turn = (shard + 1) % shards;
      }
      update(shard);
    },
    isBusy: (seat) => pending[shardOf(seat)] !== 0,
    free() {
      return total;
    },
    choose(quantity, isFree) {
      if (total < quantity) {
        return undefined;
      }
      return (
        take(around(fitBit(quantity)), quantity, isFree) ??
        take(around(fitBit(1)), quantity, isFree) ??
        take(around(anyBit(fitBit(quantity))), quantity, isFree) ??
        take(around(anyBit(fitBit(1))), quantity, isFree)
      );
    },
  };
}

/** The bits of shards, whether a write on them is under way or not. */
function anyBit(bits: number): number {
  return bits << MAX_TOGETHER;
}
