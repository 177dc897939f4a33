import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AreaShard,
  freeShard,
  holdOn,
  isSold,
  placesHeldBy,
  placesPerShard,
  prolonged,
  withHold,
  withoutHeld,
  withoutSold,
  withSold,
} from './area-shard.ts';

const PLACES = 6;

/** A place by the plainest reading of the rules. */
interface Plain {
  holder?: string;
  expiresAt: number;
  sold: boolean;
}

const places = fc.uniqueArray(fc.nat(PLACES - 1), { minLength: 1, maxLength: 4 });
const who = fc.constantFrom('r1', 'r2', 'r3');
const action = fc.oneof(
  fc.record({ do: fc.constant('hold' as const), who, places, forMs: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant('prolong' as const), who, forMs: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constantFrom('sell' as const, 'release' as const), who, places }),
  fc.record({ do: fc.constant('return' as const), places }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 6 }) }),
);

test('after any history a shard says what a plain list of places says', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60, size: 'max' }), (actions) => {
      let shard: AreaShard = freeShard;
      const plain: Plain[] = Array.from({ length: PLACES }, () => ({ expiresAt: 0, sold: false }));
      let now = 1_000;
      const live = ({ holder, expiresAt }: Plain) => holder !== undefined && expiresAt > now;
      const at = (place: number) => plain[place] as Plain;
      /** Places of a reservation whose hold has not lapsed: only those are prolonged, sold and released. */
      const own = (holder: string) =>
        [...plain.keys()].filter((place) => at(place).holder === holder && live(at(place)));
      for (const step of actions) {
        switch (step.do) {
          case 'wait':
            now += step.ms;
            break;
          case 'hold': {
            if (placesHeldBy(shard, step.who).length > 0 && own(step.who).length > 0) {
              break;
            }
            const possible = step.places.every((place) => !at(place).sold && !live(at(place)));
            const hold = { reservationId: step.who, places: step.places, expiresAt: now + step.forMs };
            const next = withHold(shard, hold, now);
            expect(next !== undefined).toBe(possible);
            shard = next ?? shard;
            if (possible) {
              for (const other of plain.filter(({ holder }) => holder === step.who)) {
                delete other.holder;
              }
              for (const place of step.places) {
                Object.assign(at(place), { holder: step.who, expiresAt: now + step.forMs });
              }
            }
            break;
          }
          case 'prolong':
            for (const place of own(step.who)) {
              shard = prolonged(shard, step.who, now + step.forMs);
              at(place).expiresAt = now + step.forMs;
            }
            break;
          case 'sell':
          case 'release': {
            const wanted = step.places.filter((place) => own(step.who).includes(place));
            if (wanted.length > 0) {
              const change = step.do === 'sell' ? withSold : withoutHeld;
              shard = change(shard, step.who, wanted);
            }
            for (const place of wanted) {
              delete at(place).holder;
              at(place).sold = step.do === 'sell';
            }
            break;
          }
          case 'return': {
            const wanted = step.places.filter((place) => at(place).sold);
            if (wanted.length > 0) {
              shard = withoutSold(shard, wanted);
            }
            for (const place of wanted) {
              at(place).sold = false;
            }
          }
        }
        plain.forEach((place, index) => {
          expect(isSold(shard, index)).toBe(place.sold);
          expect(holdOn(shard, index, now)?.reservationId).toBe(live(place) ? place.holder : undefined);
        });
        // Nothing is kept that says nothing.
        expect(shard.sold.endsWith('0')).toBe(false);
        expect(shard.holds.every((hold) => hold.places.length > 0)).toBe(true);
      }
    }),
  );
});

test.each([
  [1, 16],
  [1_000, 16],
  [1_025, 17],
  [4_096, 64],
  [1_000_000, 64],
])('an area of %i places has %i in a shard', (capacity, expected) => {
  expect(placesPerShard(capacity)).toBe(expected);
});
