import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seatIndex } from './seat-index.ts';
import { seatLog } from './seat-log.ts';
import { seatMap } from './seat-map.ts';
import { SeatState } from './seat-state.ts';

test('what has changed since any moment is known, as far back as it is kept', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), fc.integer({ min: 1, max: 20 }), (changes, kept) => {
      const log = seatLog('log', kept);
      log.watch(() => undefined);
      for (const seat of changes) {
        log.record(seat);
      }
      expect(log.sequence()).toBe(changes.length);
      for (let after = -1; after <= changes.length + 1; after++) {
        const isKnown = after >= 0 && after <= changes.length && changes.length - after <= kept;
        const expected = [...new Set(changes.slice(after))].sort((a, b) => a - b);
        expect(log.since(after)).toEqual(isKnown ? expected : undefined);
      }
    }),
  );
});

test('nothing is kept before somebody watches, and what is while nobody does', () => {
  const log = seatLog('log');
  log.record(1);
  expect([log.sequence(), log.since(0)]).toEqual([0, undefined]);
  let told = 0;
  const stop = log.watch(() => told++);
  log.record(2);
  stop();
  log.record(3);
  expect([log.sequence(), log.since(0), told]).toEqual([2, [2, 3], 1]);
});

test('a map tells of each seat that becomes something else, and of holds that lapse', () => {
  const seats = seatIndex({
    currency: 'KRW',
    sections: [
      {
        id: 's',
        name: 's',
        rows: [
          { name: 'A', prefix: 'A', numbering: { kind: 'range', first: 1, count: 3, step: 1 }, price: 1 },
        ],
      },
    ],
  });
  const changed: number[] = [];
  const map = seatMap(seats, (seat) => changed.push(seat));
  map.apply(0, { state: SeatState.RESERVED, expiresAt: 1_000, version: 1 });
  map.apply(1, { state: SeatState.RESERVED, expiresAt: 2_000, version: 2 });
  // Prolonged: nothing that can be seen.
  map.apply(0, { state: SeatState.RESERVED, expiresAt: 3_000, version: 3 });
  expect(changed).toEqual([0, 1]);
  map.advance(1_999);
  expect(changed).toEqual([0, 1]);
  map.advance(2_000);
  expect(changed).toEqual([0, 1, 1]);
  expect(map.stateOf(0, 3_000)).toBe(SeatState.AVAILABLE);
  expect(changed).toEqual([0, 1, 1, 0]);
});
