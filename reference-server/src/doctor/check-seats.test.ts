import { expect, test } from 'vitest';
import type { AreaHold } from '../domain/inventory/area-shard.ts';
import { bought, held } from '../e2e/booking.ts';
import { adjustableClock } from '../e2e/clock.ts';
import { area, putOnSale, saleOf, seated } from '../e2e/sale.ts';
import { serveOn } from '../e2e/serve.ts';
import { openStore } from '../open-store.ts';
import { areaTable, holdTable, seatTable } from '../services/inventory/index.ts';
import { type Item, put, remove, type Store } from '../store/index.ts';
import { checkRecords } from './check-records.ts';

/** A sale of places and seats: two places and a seat bought, a place and a seat held, one hold given back. */
async function sold() {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  const server = await serveOn({ store, clock: clock.now, worker: true });
  await putOnSale(
    server,
    saleOf({
      now: clock.now(),
      event: { sections: [...area('field', { P: 40 }), ...seated('floor', { A: 10 })] },
    }),
  );
  const buy = async (userId: string, seatIds: string[]) =>
    (await bought(server, { userId, seatIds })).reservationId;
  const hold = (userId: string, seatIds: string[]) => held(server, { userId, seatIds });
  const reservations = {
    ann: await buy('ann', ['P1', 'P2']),
    bob: await buy('bob', ['A1']),
    cid: await hold('cid', ['P4']),
    dan: await hold('dan', ['A3']),
  };
  const given = await hold('eve', ['P5']);
  await server.reservations.cancelReservation({ reservationId: given, userId: 'eve' });
  await server.close();
  const problems = async (now = clock.now()): Promise<string[]> =>
    (await checkRecords(store, now)).flatMap(({ check, state, found }) =>
      state === 'problem' ? [`${check}: ${found}`] : [],
    );
  return { ...reservations, clock, store, problems };
}

async function changed<T>(
  store: Store,
  table: Parameters<typeof store.get<T>>[0],
  key: string,
  change: (value: T) => T,
): Promise<void> {
  const { value } = (await store.get(table, key)) as Item<T>;
  await store.transact([put(table, key, change(value))]);
}

const SHARD = 'show/field/0';

test('a sale whose records agree has no problem, also when holds have lapsed', async () => {
  const { problems, clock } = await sold();
  expect(await problems()).toEqual([]);
  expect(await problems(clock.now() + 600_000)).toEqual([]);
});

test('a place that is sold and that nobody has bought is found', async () => {
  const { store, problems } = await sold();
  await changed(store, areaTable, SHARD, (shard) => ({ ...shard, sold: '1110001' }));
  expect(await problems()).toEqual([
    'areas and holds: place show/P3 is sold, but nobody has bought it; place show/P7 is sold, but nobody has bought it',
  ]);
});

test('a place or a seat that was bought, and could be sold again, is found', async () => {
  const { ann, bob, store, problems } = await sold();
  await changed(store, areaTable, SHARD, (shard) => ({ ...shard, sold: '01' }));
  await store.transact([remove(seatTable, 'show/A1')]);
  const [found, ...others] = await problems();
  expect(others).toEqual([]);
  expect(found).toMatch(/^holds and their seats: /);
  expect(found).toContain(`${ann} has bought P1, P2 of event show, but 1 of these 2 are taken by it`);
  expect(found).toContain(`${bob} has bought A1 of event show, but 0 of these 1 are taken by it`);
});

test('a hold that a shard does not have any more, or has twice, is found', async () => {
  const { cid, dan, store, problems } = await sold();
  const twice = (hold: AreaHold): AreaHold[] => [hold, { ...hold, reservationId: dan }];
  await changed(store, areaTable, SHARD, (shard) => ({ ...shard, holds: shard.holds.flatMap(twice) }));
  expect(await problems()).toEqual([
    `areas and holds: place show/P4 is held for ${dan}, and for another one`,
  ]);
  await changed(store, areaTable, SHARD, (shard) => ({ ...shard, holds: [] }));
  expect(await problems()).toEqual([
    `holds and their seats: ${cid} holds P4 of event show, but 0 of these 1 are taken by it`,
  ]);
});

test('a place that is held for a reservation which has it not, or is no place at all, is found', async () => {
  const { clock, bob, store, problems } = await sold();
  const hold = (reservationId: string, place: number): AreaHold => ({
    reservationId,
    places: [place],
    expiresAt: clock.now() + 10_000,
  });
  await changed(store, areaTable, SHARD, (shard) => ({
    ...shard,
    holds: [...shard.holds, hold(bob, 7), hold('rsv_none', 8), hold(bob, 0), hold('rsv_none', 99)],
  }));
  const [found] = await problems();
  expect(found?.split(/: (.*)/s)[1]?.split('; ')).toEqual([
    `place show/P8 is held for ${bob}, whose hold is committed with A1`,
    'place show/P9 is held for rsv_none, whose hold is unknown',
    `place show/P1 is held for ${bob}, and sold`,
    'area show/field/0 has a place 99 that is taken, and that the event does not have',
  ]);
  expect(await problems(clock.now() + 20_000), 'what has lapsed counts for nothing').toEqual([]);
});

test('two who have bought the same place are found', async () => {
  const { ann, store, problems } = await sold();
  const item = await store.get(holdTable, ann);
  const other = { ...(item as NonNullable<typeof item>).value, reservationId: 'rsv_other' };
  await store.transact([put(holdTable, 'rsv_other', other)]);
  expect(await problems()).toEqual([
    'holds and their seats: rsv_other has bought P1, P2 of event show, but 0 of these 2 are taken by it',
  ]);
});
