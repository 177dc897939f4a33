import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseSeats } from './choose-seats.ts';
import type { Layout } from './layout.ts';
import { seatIndex } from './seat-index.ts';
import { seatMap } from './seat-map.ts';
import { SeatState } from './seat-state.ts';

const layout: Layout = {
  currency: 'KRW',
  sections: [
    {
      id: 'a',
      name: 'A',
      rows: [
        { name: '1', prefix: 'a1-', numbering: { kind: 'range', first: 1, count: 4, step: 1 }, price: 1 },
        { name: '2', prefix: 'a2-', numbering: { kind: 'range', first: 1, count: 3, step: 1 }, price: 1 },
      ],
    },
    {
      id: 'b',
      name: 'B',
      rows: [
        { name: '1', prefix: 'b-', numbering: { kind: 'range', first: 1, count: 5, step: 1 }, price: 1 },
      ],
    },
  ],
};
const SEATS = 12;

/** What a seat is by the plainest reading of the rules. */
interface Plain {
  state: SeatState;
  expiresAt: number;
  pending: boolean;
}

const action = fc.oneof(
  fc.record({
    do: fc.constant('hold' as const),
    seat: fc.nat(SEATS - 1),
    forMs: fc.integer({ min: 1, max: 20 }),
  }),
  fc.record({
    do: fc.constantFrom('sell' as const, 'free' as const, 'block' as const),
    seat: fc.nat(SEATS - 1),
  }),
  fc.record({ do: fc.constant('pending' as const), seat: fc.nat(SEATS - 1), value: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15 }) }),
);

test('after any history the map says what a plain list of seats says', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const map = seatMap(seatIndex(layout));
      const plain: Plain[] = Array.from({ length: SEATS }, () => ({
        state: SeatState.AVAILABLE,
        expiresAt: 0,
        pending: false,
      }));
      let now = 1000;
      for (const step of actions) {
        const seat = step.do === 'wait' ? undefined : plain[step.seat];
        switch (step.do) {
          case 'wait':
            now += step.ms;
            break;
          case 'hold':
            Object.assign(seat as Plain, { state: SeatState.RESERVED, expiresAt: now + step.forMs });
            map.apply(step.seat, { state: SeatState.RESERVED, expiresAt: now + step.forMs, version: 1 });
            break;
          case 'pending':
            (seat as Plain).pending = step.value;
            map.setPending(step.seat, step.value);
            break;
          default: {
            const state = { sell: SeatState.SOLD, free: SeatState.AVAILABLE, block: SeatState.BLOCKED }[
              step.do
            ];
            Object.assign(seat as Plain, { state, expiresAt: 0 });
            map.apply(step.seat, { state, expiresAt: 0, version: 1 });
          }
        }
        const stateOf = ({ state, expiresAt }: Plain): SeatState =>
          state === SeatState.RESERVED && expiresAt <= now ? SeatState.AVAILABLE : state;
        const states = plain.map(stateOf);
        expect(states.map((_, at) => map.stateOf(at, now))).toEqual(states);
        expect(plain.map((_, at) => map.isFree(at, now))).toEqual(
          plain.map((seat, at) => states[at] === SeatState.AVAILABLE && !seat.pending),
        );
        [0, 1].forEach((section) => {
          const own = section === 0 ? states.slice(0, 7) : states.slice(7);
          const count = (state: SeatState) => own.filter((other) => other === state).length;
          expect(map.counts(section, now)).toEqual({
            total: own.length,
            available: count(SeatState.AVAILABLE),
            reserved: count(SeatState.RESERVED),
            sold: count(SeatState.SOLD),
            blocked: count(SeatState.BLOCKED),
          });
        });
        const free = plain.map((_, at) => map.isFree(at, now));
        expect([0, 1, 2].map((row) => map.freeInRow(row))).toEqual(
          [free.slice(0, 4), free.slice(4, 7), free.slice(7)].map((row) => row.filter(Boolean).length),
        );
      }
    }),
  );
});

test('the choice takes free seats of one section, side by side where a row has them', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(SEATS - 1)),
      fc.integer({ min: 1, max: 8 }),
      fc.option(fc.constantFrom(0, 1), { nil: undefined }),
      (taken, quantity, section) => {
        const seats = seatIndex(layout);
        const map = seatMap(seats);
        for (const seat of taken) {
          map.apply(seat, { state: SeatState.SOLD, expiresAt: 0, version: 1 });
        }
        const free = (from: number, to: number) =>
          Array.from({ length: to - from }, (_, at) => from + at).filter((seat) => !taken.includes(seat));
        const rows = [free(0, 4), free(4, 7), free(7, 12)];
        const bySection = [[...(rows[0] ?? []), ...(rows[1] ?? [])], rows[2] ?? []];
        const possible = bySection.some(
          (own, at) => (section === undefined || section === at) && own.length >= quantity,
        );
        const chosen = chooseSeats(map, { quantity, section }, 0);
        expect(chosen !== undefined).toBe(possible);
        if (chosen === undefined) {
          return;
        }
        expect(new Set(chosen).size).toBe(quantity);
        const home = bySection.findIndex((own) => own.includes(chosen[0] as number));
        expect(section === undefined || section === home).toBe(true);
        expect(chosen.every((seat) => bySection[home]?.includes(seat))).toBe(true);
        const runs = rows.some(
          (row, at) =>
            (section === undefined || section === (at < 2 ? 0 : 1)) &&
            row.some((first) =>
              Array.from({ length: quantity }, (_, next) => first + next).every((seat) => row.includes(seat)),
            ),
        );
        const contiguous = chosen.every((seat, at) => at === 0 || seat === (chosen[at - 1] as number) + 1);
        const sameRow = new Set(chosen.map((seat) => seats.rowAt(seat))).size === 1;
        expect(contiguous && sameRow).toBe(runs);
      },
    ),
  );
});
