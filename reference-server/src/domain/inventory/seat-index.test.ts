import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Layout, Numbering } from './layout.ts';
import { duplicateSeatId, seatIndex } from './seat-index.ts';

const range = (first: number, count: number, step = 1): Numbering => ({ kind: 'range', first, count, step });
const layout = (...rows: readonly (readonly [prefix: string, numbering: Numbering])[]): Layout => ({
  currency: 'KRW',
  sections: [
    {
      id: 'main',
      name: 'Main',
      rows: rows.map(([prefix, numbering], at) => ({ name: `R${at}`, prefix, numbering, price: 1 })),
    },
  ],
});

test('ids of both common forms are found', () => {
  const seats = seatIndex(layout(['A', range(1, 20)], ['B-', range(1, 20)]));
  expect(seats.size).toBe(40);
  expect(seats.seatAt(seats.indexOf('A1'))).toMatchObject({ id: 'A1', number: '1' });
  expect(seats.seatAt(seats.indexOf('B-12'))).toMatchObject({ id: 'B-12', number: '12' });
});

test.each(['A0', 'A21', 'A01', 'A', '1', 'C1', '', 'A-1', 'A1 ', 'A99999999999'])('"%s" is no seat', (id) => {
  expect(seatIndex(layout(['A', range(1, 20)])).indexOf(id)).toBe(-1);
});

test('a prefix may end in digits, and steps and lists are followed', () => {
  const seats = seatIndex(
    layout(
      ['1', range(1, 5)],
      ['X', range(1, 3, 2)],
      ['X', range(2, 3, 2)],
      ['Y', { kind: 'list', numbers: ['12A', '7'] }],
    ),
  );
  expect(duplicateSeatId(seats)).toBeUndefined();
  for (const id of ['11', '15', 'X1', 'X5', 'X2', 'X6', 'Y12A', 'Y7']) {
    expect(seats.seatAt(seats.indexOf(id)).id).toBe(id);
  }
  expect(seats.indexOf('X7')).toBe(-1);
});

test.each([
  [
    [
      ['A', range(1, 3)],
      ['A', range(3, 3)],
    ],
    'A3',
  ],
  [
    [
      ['1', range(11, 1)],
      ['11', range(1, 1)],
    ],
    '111',
  ],
  [
    [
      ['A', range(1, 3)],
      ['', { kind: 'list', numbers: ['A2'] }],
    ],
    'A2',
  ],
  [
    [
      ['A', { kind: 'list', numbers: ['1'] }],
      ['A', { kind: 'list', numbers: ['1'] }],
    ],
    'A1',
  ],
] as [rows: [string, Numbering][], id: string][])('an id that two seats share is named (%#)', (rows, id) => {
  expect(duplicateSeatId(seatIndex(layout(...rows)))).toBe(id);
});

test('every seat is found by the id it has', () => {
  const prefix = fc.stringMatching(/^[A-Z0-9-]{0,3}$/);
  const numbering = fc.oneof(
    fc.record({
      kind: fc.constant('range' as const),
      first: fc.nat(30),
      count: fc.integer({ min: 1, max: 12 }),
      step: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({
      kind: fc.constant('list' as const),
      numbers: fc.uniqueArray(fc.stringMatching(/^[A-Z0-9]{1,3}$/), { minLength: 1, maxLength: 6 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(prefix, numbering), { minLength: 1, maxLength: 6 }), (rows) => {
      const seats = seatIndex(layout(...rows));
      const ids = Array.from({ length: seats.size }, (_, at) => seats.seatAt(at).id);
      const unique = new Set(ids).size === ids.length;
      expect(duplicateSeatId(seats) === undefined).toBe(unique);
      if (unique) {
        expect(ids.map((id) => seats.indexOf(id))).toEqual(ids.map((_, at) => at));
      }
    }),
  );
});
