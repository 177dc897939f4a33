import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areaMap } from './area-map.ts';
import { placesPerShard } from './area-shard.ts';

const START = 7;
const COUNT = 70;
const PER_SHARD = placesPerShard(COUNT);

test('places of one shard that nobody writes, else of several, else any that are free', () => {
  const step = fc.record({
    place: fc.integer({ min: START, max: START + COUNT - 1 }),
    change: fc.constantFrom('take', 'free', 'pend', 'unpend'),
    run: fc.integer({ min: 1, max: 20 }),
    quantity: fc.integer({ min: 1, max: 10 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const area = areaMap({ start: START, count: COUNT });
      const taken = new Set<number>();
      const pending = new Set<number>();
      const isFree = (place: number): boolean => !taken.has(place) && !pending.has(place);
      const all = Array.from({ length: COUNT }, (_, at) => START + at);
      const shardOf = (place: number): number => Math.floor((place - START) / PER_SHARD);
      for (const { place: first, change, run, quantity } of steps) {
        for (const place of all.slice(first - START, first - START + run)) {
          const before = isFree(place);
          if (change === 'take' || change === 'free') {
            taken[change === 'take' ? 'add' : 'delete'](place);
          } else if (pending.has(place) !== (change === 'pend')) {
            pending[change === 'pend' ? 'add' : 'delete'](place);
            area.setPending(place, change === 'pend');
          }
          if (isFree(place) !== before) {
            area.move(place, isFree(place) ? 1 : -1);
          }
        }
        const free = all.filter(isFree);
        expect(area.free()).toBe(free.length);
        const busy = new Set([...pending].map(shardOf));
        expect(all.filter((place) => area.isBusy(place))).toEqual(
          all.filter((place) => busy.has(shardOf(place))),
        );

        const chosen = area.choose(quantity, isFree);
        if (free.length < quantity) {
          expect(chosen).toBeUndefined();
          continue;
        }
        expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
        expect(chosen).toHaveLength(quantity);
        expect(chosen?.every(isFree)).toBe(true);
        const idle = free.filter((place) => !busy.has(shardOf(place)));
        const inOne = (places: readonly number[]) =>
          Object.values(Object.groupBy(places, shardOf)).some((own) => (own?.length ?? 0) >= quantity);
        if (idle.length >= quantity) {
          expect(chosen?.every((place) => !busy.has(shardOf(place)))).toBe(true);
          expect(new Set(chosen?.map(shardOf)).size === 1).toBe(inOne(idle));
        }
      }
    }),
  );
});

test('holds that are made at the same time go to different shards', () => {
  const area = areaMap({ start: 0, count: 4_096 });
  const shards = Array.from({ length: 64 }, () => {
    const [first = -1] = area.choose(2, () => true) ?? [];
    area.setPending(first, true);
    return area.shardOf(first);
  });
  expect(new Set(shards).size).toBe(64);
});
