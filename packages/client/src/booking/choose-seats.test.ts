import { expect, test } from 'vitest';
import { openBoxOffice, untouched } from '../testdata/box-office.ts';
import { collect } from '../testdata/collect.ts';

const manySeats = Array.from({ length: 230 }, (_, i) => `B${i + 1}`);

test('the buyer chooses from all free seats when it is their turn, and again when the seats were taken', async () => {
  const office = await openBoxOffice({ seatIds: manySeats });
  office.take('B2');
  const offered: { ids: string[]; taken: readonly string[] }[] = [];
  const { types, error, steps } = await collect(
    office.tacos.book({
      eventId: 'e',
      async chooseSeats({ seats, taken }) {
        const ids: string[] = [];
        for await (const seat of seats()) {
          ids.push(seat.id);
        }
        offered.push({ ids, taken });
        if (offered.length === 1) {
          office.take('B3');
        }
        return ids.slice(1, 3);
      },
    }),
  );
  expect(error).toBeUndefined();
  expect(types.slice(0, 5)).toEqual(['joined', 'admitted', 'seats-chosen', 'seats-chosen', 'reserved']);
  expect(offered.map(({ ids, taken }) => [ids.length, taken])).toEqual([
    [229, []],
    [228, ['B3']],
  ]);
  expect(steps.at(-1)).toMatchObject({ type: 'confirmed', seats: [{ id: 'B4' }, { id: 'B5' }] });
  // The right to reserve survives the refusal.
  expect(office.calls.filter((call) => call === 'requestAdmission')).toHaveLength(1);
});

test('a buyer who takes longer than their right lasts gets another one', async () => {
  const office = await openBoxOffice();
  const chooseSeats = () => {
    office.skip(45_000);
    return ['A3'];
  };
  const { types } = await collect(office.tacos.book({ eventId: 'e', chooseSeats }));
  expect(types.slice(0, 5)).toEqual(['joined', 'admitted', 'seats-chosen', 'admitted', 'reserved']);
  expect(office.state().sold).toEqual(['A3']);
});

test('choosing nothing, and failing to choose, end the booking', async () => {
  const office = await openBoxOffice();
  const nothing = await collect(office.tacos.book({ eventId: 'e', chooseSeats: () => [] }));
  expect(nothing.error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  const own = new Error('the map did not load');
  const failed = await collect(office.tacos.book({ eventId: 'e', chooseSeats: () => Promise.reject(own) }));
  expect(failed.error).toBe(own);
  expect(office.state()).toEqual(untouched);
});

test('an abort does not wait for the choice', async () => {
  const office = await openBoxOffice();
  const stop = new AbortController();
  const { error } = await collect(
    office.tacos.book({
      eventId: 'e',
      signal: stop.signal,
      chooseSeats({ signal }) {
        expect(signal).toBe(stop.signal);
        setTimeout(() => stop.abort(), 5);
        return new Promise(() => {});
      },
    }),
  );
  expect(error).toMatchObject({ code: 'CANCELLED' });
  expect(office.state()).toEqual(untouched);
});
