import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseSeats } from './choose-seats.ts';
import type { Layout } from './layout.ts';
import { seatIndex } from './seat-index.ts';
import { type SeatMap, seatMap } from './seat-map.ts';
import { SeatState } from './seat-state.ts';

/** Sections by the seats of their rows; `area` is one without seats. */
type Hall = readonly { readonly rows: readonly number[]; readonly area: boolean }[];

function layoutOf(hall: Hall): Layout {
  return {
    currency: 'KRW',
    sections: hall.map(({ rows, area }, section) => ({
      id: `s${section}`,
      name: `S${section}`,
      area,
      rows: rows.map((count, row) => ({
        name: area ? '' : `${row}`,
        prefix: `s${section}r${row}-`,
        numbering: { kind: 'range', first: 1, count, step: 1 },
        price: 1,
      })),
    })),
  };
}

const rows = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 });
const hall: fc.Arbitrary<Hall> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ rows, area: fc.constant(false) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        rows: fc.integer({ min: 1, max: 20 }).map((count) => [count]),
        area: fc.constant(true),
      }),
    },
  ),
  { minLength: 1, maxLength: 3 },
);
const step = fc.record({
  changes: fc.array(
    fc.record({ seat: fc.nat(), to: fc.constantFrom('sold', 'free', 'free', 'pending', 'settled') }),
    { maxLength: 12 },
  ),
  quantity: fc.integer({ min: 1, max: 6 }),
  section: fc.option(fc.nat(2), { nil: undefined }),
  avoidOrphans: fc.boolean(),
});

/** The rules, read as plainly as can be: every choice there is, one after the other. */
function plainRules(map: SeatMap, isFree: (seat: number) => boolean) {
  const { rows, layout } = map.seats;
  const seatsOf = (row: (typeof rows)[number]) =>
    Array.from({ length: row.count }, (_, at) => row.start + at).filter(isFree);
  const isArea = (row: (typeof rows)[number]) => layout.sections[row.section]?.area === true;
  const singles = (free: ReadonlySet<number>) =>
    rows
      .filter((row) => !isArea(row))
      .flatMap(({ start, count }) =>
        Array.from({ length: count }, (_, at) => ({ at, seat: start + at, count })),
      )
      .filter(({ at, seat, count }) => {
        const left = at > 0 && free.has(seat - 1);
        const right = at < count - 1 && free.has(seat + 1);
        return free.has(seat) && !left && !right;
      })
      .map(({ seat }) => seat);
  const free = new Set(rows.flatMap(seatsOf));
  const before = new Set(singles(free));
  return {
    rows,
    seatsOf,
    isArea,
    /** Whether single seats are left that were none before. */
    leavesOrphan(seats: readonly number[]): boolean {
      const left = new Set([...free].filter((seat) => !seats.includes(seat)));
      return singles(left).some((seat) => !before.has(seat));
    },
    /** Every way to seat so many side by side, best first. */
    adjacent: (quantity: number, section: number | undefined): number[][] =>
      rows
        .filter((row) => section === undefined || row.section === section)
        .flatMap((row) => {
          const own = seatsOf(row);
          return isArea(row)
            ? own.length >= quantity
              ? [own.slice(0, quantity)]
              : []
            : own
                .map((first) => Array.from({ length: quantity }, (_, at) => first + at))
                .filter((seats) => seats.every((seat) => own.includes(seat)));
        }),
    /** Every way to take so many seats of a section. */
    *anywhere(quantity: number, section: number): Generator<number[]> {
      const own = rows.filter((row) => row.section === section).flatMap(seatsOf);
      const take = function* (from: number, seats: number[]): Generator<number[]> {
        if (seats.length === quantity) {
          yield seats;
          return;
        }
        for (let at = from; at < own.length; at++) {
          yield* take(at + 1, [...seats, own[at] as number]);
        }
      };
      yield* take(0, []);
    },
  };
}

test('after any history the choice is the one that the plain rules make', () => {
  fc.assert(
    fc.property(hall, fc.array(step, { minLength: 1, maxLength: 6 }), (sections, steps) => {
      const seats = seatIndex(layoutOf(sections));
      const map = seatMap(seats);
      for (const { changes, quantity, avoidOrphans, ...wish } of steps) {
        for (const { seat: any, to } of changes) {
          const seat = any % seats.size;
          if (to === 'pending' || to === 'settled') {
            map.setPending(seat, to === 'pending');
          } else {
            const state = to === 'sold' ? SeatState.SOLD : SeatState.AVAILABLE;
            map.apply(seat, { state, expiresAt: 0, version: 0 });
          }
        }
        const section = wish.section === undefined ? undefined : wish.section % sections.length;
        const chosen = chooseSeats(map, { quantity, section, avoidOrphans }, 0);

        const rules = plainRules(map, (seat) => map.isFree(seat, 0));
        const adjacent = rules.adjacent(quantity, section);
        const clean = adjacent.filter((choice) => !rules.leavesOrphan(choice));
        const [best] = avoidOrphans && clean.length > 0 ? clean : adjacent;
        if (best !== undefined) {
          const row = rules.rows[seats.rowAt(best[0] as number)];
          if (row !== undefined && rules.isArea(row)) {
            expect(chosen).toHaveLength(quantity);
            expect(chosen?.every((seat) => rules.seatsOf(row).includes(seat))).toBe(true);
          } else {
            expect(chosen).toEqual(best);
          }
          continue;
        }
        const home = [...seats.rowsOf.keys()].find(
          (at) => (section === undefined || section === at) && map.freeInSection(at) >= quantity,
        );
        expect(chosen !== undefined).toBe(home !== undefined);
        if (chosen === undefined || home === undefined) {
          continue;
        }
        expect(new Set(chosen).size).toBe(quantity);
        expect(chosen).toEqual([...chosen].sort((a, b) => a - b));
        expect(chosen.every((seat) => map.isFree(seat, 0))).toBe(true);
        expect(chosen.every((seat) => rules.rows[seats.rowAt(seat)]?.section === home)).toBe(true);
        if (avoidOrphans) {
          const choices = [...rules.anywhere(quantity, home)];
          const possible = choices.some((choice) => !rules.leavesOrphan(choice));
          expect(rules.leavesOrphan(chosen)).toBe(!possible);
        }
      }
    }),
    { numRuns: 400 },
  );
});

test.each([0, 11, -1, 1.5, Number.NaN])('%d seats cannot be asked for', (quantity) => {
  const map = seatMap(seatIndex(layoutOf([{ rows: [20], area: false }])));
  expect(() => chooseSeats(map, { quantity }, 0)).toThrow(RangeError);
});
