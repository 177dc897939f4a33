import { setTimeout } from 'node:timers/promises';
import { toJsonString } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { type WatchSeatsResponse, WatchSeatsResponseSchema } from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { bought, eventually, held, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { type LiveMap, liveMap } from './live-map.ts';
import { type Reader, read } from './reader.ts';
import { type EventInit, putOnSale, saleOf, seated } from './sale.ts';
import { type Served, serveOn } from './serve.ts';
import { type Sale, sharedSale } from './shared-sale.ts';

const open = sharedSale();

interface Watcher {
  readonly map: LiveMap;
  readonly reader: Reader<WatchSeatsResponse>;
}

/** Follows the seats of a sale; a map that is handed over goes on from where it is. */
function watch(
  { inventory, eventId }: Pick<Served, 'inventory' | 'eventId'>,
  request: { section?: string; resumeToken?: string } = {},
  map: LiveMap = liveMap(),
): Watcher {
  const reader = read(async function* (signal) {
    for await (const message of inventory.watchSeats({ eventId, ...request }, { signal })) {
      map.apply(message);
      yield message;
    }
  });
  return { map, reader };
}

/** Waits until the watchers see what the inventory says. */
async function seesAll(sale: Sale, ...watchers: readonly Watcher[]): Promise<void> {
  await eventually(async () => {
    const seats = await seatsByStatus(sale);
    for (const { map, reader } of watchers) {
      expect(map.isComplete, String(await Promise.race([reader.ended, 'open']))).toBe(true);
      expect(map.byStatus()).toEqual(seats);
    }
  });
}

test('the map comes whole, then what is held, given back, sold and lapsed', async () => {
  const sale = await open();
  await held(sale, { userId: 'early', seatIds: ['A1'] });
  const watcher = watch(sale);
  await seesAll(sale, watcher);
  expect(watcher.map.applied).toEqual({ snapshots: 1, deltas: 0, heartbeats: 0 });

  const reservationId = await held(sale, { userId: 'buyer', seatIds: ['A2', 'A3'] });
  await seesAll(sale, watcher);
  expect(watcher.map.byStatus().RESERVED).toEqual(['A1', 'A2', 'A3']);
  await sale.reservations.cancelReservation({ reservationId, userId: 'buyer' });
  await seesAll(sale, watcher);
  await bought(sale, { userId: 'buyer', seatIds: ['B1'] });
  await seesAll(sale, watcher);
  expect(watcher.map.byStatus()).toMatchObject({ RESERVED: ['A1'], SOLD: ['B1'] });

  expect(watcher.map.applied.snapshots).toBe(1);
});

test('a hold that lapses is a change though nobody writes it down or asks', async () => {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => store.close());
  const served = await serveOn({ store, clock: clock.now, worker: false });
  await putOnSale(served, saleOf({ now: clock.now() }));
  await held(served, { userId: 'buyer', seatIds: ['A2'] });
  const { map } = watch(served);
  await eventually(async () => expect(map.byStatus().RESERVED).toEqual(['A2']));
  clock.advance(59_500);
  // The event itself is looked at now, and not again before the hold lapses.
  await setTimeout(300);
  expect(map.byStatus().RESERVED).toEqual(['A2']);
  clock.advance(500);
  await eventually(async () => expect(map.byStatus().RESERVED).toEqual([]));
  expect(map.applied).toMatchObject({ snapshots: 1, deltas: 1 });
});

test('SECURITY 8: a live seat map says what a seat is, never whose', async () => {
  const sale = await open();
  const watcher = watch(sale);
  await seesAll(sale, watcher);
  const { reservationId, orderId } = await bought(sale, { userId: 'a-secret-buyer', seatIds: ['A1'] });
  await held(sale, { userId: 'a-secret-buyer', seatIds: ['A2'] });
  await seesAll(sale, watcher, watch(sale));
  const shown = watcher.reader.messages
    .map((message) => toJsonString(WatchSeatsResponseSchema, message))
    .join();
  for (const secret of ['a-secret-buyer', reservationId, orderId]) {
    expect(shown).not.toContain(secret);
  }
});

test('whatever happens meanwhile, and however often watchers come back, their map is the inventory’s', async () => {
  const sale = await open({
    sections: [...seated('floor', { A: 40, B: 40 }), ...seated('balcony', { C: 40 })],
  });
  const constant = watch(sale);
  let running = true;
  const buyers = Array.from({ length: 6 }, async (_, buyer) => {
    for (let round = 0; running; round++) {
      const row = 'ABC'[buyer % 3] as string;
      const first = ((buyer * 17 + round * 7) % 39) + 1;
      const userId = `buyer-${buyer}-${round}-${sale.eventId}`;
      const answer = await sale.reservations.createReservation({
        eventId: sale.eventId,
        userId,
        seatIds: [`${row}${first}`, `${row}${first + 1}`],
      });
      if (answer.error === undefined && round % 4 !== 0) {
        await sale.reservations.cancelReservation({ reservationId: answer.reservationId, userId });
      }
      if (round % 10 === 9) {
        // Holds that were left lapse.
        sale.clock.advance(20_000);
      }
    }
  });

  const late: Watcher[] = [];
  const returning: LiveMap[] = [liveMap(), liveMap()];
  for (let round = 0; round < 8; round++) {
    late.push(watch(sale));
    for (const [at, map] of returning.entries()) {
      const { reader } = watch(sale, { resumeToken: map.resumeToken }, map);
      for (let messages = 0; messages < 2 + ((round + at) % 3); messages++) {
        await reader.next();
      }
      await reader.stop();
    }
  }
  running = false;
  await Promise.all(buyers);
  const back = returning.map((map) => watch(sale, { resumeToken: map.resumeToken }, map));
  await seesAll(sale, constant, ...late, ...back);
  // Each of them had the whole map once, and deltas since.
  expect([constant, ...late, ...back].map(({ map }) => map.applied.snapshots)).toEqual(
    Array.from({ length: 11 }, () => 1),
  );
  expect(constant.map.applied.deltas).toBeGreaterThan(10);
});

test('whoever comes back gets a heartbeat and what was missed, though nobody watched meanwhile', async () => {
  const sale = await open();
  const before = watch(sale);
  await seesAll(sale, before);
  await before.reader.stop();
  await held(sale, { userId: 'buyer', seatIds: ['B7'] });
  const after = watch(sale, { resumeToken: before.map.resumeToken }, before.map);
  await seesAll(sale, after);
  expect(after.reader.messages.map(({ payload }) => payload.case)).toEqual(['heartbeat', 'delta']);
});

test('a token that nothing can be continued from begins with the map', async () => {
  const sale = await open({ sections: [...seated('floor', { A: 5 }), ...seated('balcony', { B: 5 })] });
  const other = await open();
  const [whole, floor, foreign] = [watch(sale), watch(sale, { section: 'floor' }), watch(other)];
  await eventually(async () => {
    expect([whole, floor, foreign].map(({ map }) => map.isComplete)).toEqual([true, true, true]);
  });
  const { resumeToken } = whole.map;
  const forged = `${resumeToken.slice(0, -2)}${resumeToken.endsWith('AA') ? 'BB' : 'AA'}`;
  for (const token of ['x', '7', forged, floor.map.resumeToken, foreign.map.resumeToken]) {
    const { reader } = watch(sale, { resumeToken: token });
    expect((await reader.next()).payload.case).toBe('snapshot');
  }
  const { reader } = watch(sale, { resumeToken }, whole.map);
  expect((await reader.next()).payload.case).toBe('heartbeat');
});

test('one section has indexes of its own, and hears of its own seats only', async () => {
  const sale = await open({ sections: [...seated('floor', { A: 5 }), ...seated('balcony', { B: 5 })] });
  const balcony = watch(sale, { section: 'balcony' });
  await eventually(async () => expect(balcony.map.isComplete).toBe(true));
  await held(sale, { userId: 'buyer', seatIds: ['A2'] });
  await held(sale, { userId: 'buyer', seatIds: ['B2'] });
  await eventually(async () =>
    expect(balcony.map.byStatus()).toMatchObject({ RESERVED: ['B2'], AVAILABLE: ['B1', 'B3', 'B4', 'B5'] }),
  );
  expect(balcony.map.applied.deltas).toBe(1);
});

test('names that follow no rule, places without seats, and several chunks', async () => {
  const sale = await open({
    sections: [
      {
        id: 'odd',
        priceTierId: 'standard',
        layout: {
          case: 'seated',
          value: {
            rows: [
              {
                id: 'x',
                seatIdPrefix: 'X-',
                seats: { case: 'list', value: { numbers: ['12', '7a', 'VIP'] } },
              },
              {
                id: 'y',
                seatIdPrefix: 'Y',
                seats: { case: 'range', value: { first: 1, count: 3, step: 2 } },
              },
            ],
          },
        },
      },
      {
        id: 'standing',
        priceTierId: 'standard',
        layout: { case: 'generalAdmission', value: { capacity: 10_500, seatIdPrefix: 'S' } },
      },
    ],
    blockedSeatIds: ['X-7a', 'S10400'],
  });
  const watcher = watch(sale);
  await eventually(async () => expect(watcher.map.isComplete).toBe(true));
  expect(watcher.map.applied.snapshots).toBe(2);
  await held(sale, { userId: 'buyer', seatIds: ['X-VIP'] });
  await held(sale, { userId: 'buyer', seatIds: ['Y5'] });
  await eventually(async () =>
    expect(watcher.map.byStatus()).toMatchObject({ RESERVED: ['X-VIP', 'Y5'], BLOCKED: ['X-7a', 'S10400'] }),
  );
  expect(watcher.map.byStatus().AVAILABLE).toHaveLength(10_502);
});

test('a heartbeat after 15 seconds of silence brings the newest token', async () => {
  const sale = await open();
  const { map, reader } = watch(sale);
  await reader.next();
  sale.clock.advance(15_000);
  const heartbeat = await reader.next();
  expect(heartbeat.payload.case).toBe('heartbeat');
  expect(heartbeat.resumeToken).not.toBe('');
  expect(map.applied).toEqual({ snapshots: 1, deltas: 0, heartbeats: 1 });
});

/** Changes what an organiser may change during the sale, and lets watchers notice. */
async function change(sale: Sale, event: EventInit, path: string): Promise<void> {
  await sale.catalog.updateEvent({
    event: { ...event, id: sale.eventId },
    updateMask: { paths: [path] },
  });
  sale.clock.advance(1_000);
}

test('when the organiser blocks seats, that is a change of the map', async () => {
  const sale = await open();
  const watcher = watch(sale);
  await seesAll(sale, watcher);
  const { resumeToken } = watcher.map;
  await change(sale, { blockedSeatIds: ['A9'] }, 'blocked_seat_ids');
  await eventually(async () => expect(watcher.map.byStatus().BLOCKED).toEqual(['A9']));
  await change(sale, { blockedSeatIds: [] }, 'blocked_seat_ids');
  sale.clock.advance(10_000);
  await eventually(async () => expect(watcher.map.byStatus().BLOCKED).toEqual([]));
  await held(sale, { userId: 'buyer', seatIds: ['A1'] });
  await seesAll(sale, watcher);
  expect(watcher.map.applied.snapshots).toBe(1);
  const { reader } = watch(sale, { resumeToken });
  expect((await reader.next()).payload.case).toBe('heartbeat');
});

test('when the organiser changes prices, a new map comes in the middle of the stream', async () => {
  const sale = await open();
  const watcher = watch(sale);
  await seesAll(sale, watcher);
  const { resumeToken } = watcher.map;
  const price = { amount: 70_000n, currency: 'KRW' };
  await change(sale, { priceTiers: [{ id: 'standard', price }] }, 'price_tiers');
  await held(sale, { userId: 'buyer', seatIds: ['A1'] });
  await eventually(async () => expect(watcher.map.applied.snapshots).toBe(2));
  await seesAll(sale, watcher);
  // Numbers from before mean nothing any more.
  const { reader } = watch(sale, { resumeToken });
  const { payload } = await reader.next();
  expect(payload.case).toBe('snapshot');
  expect(payload.case === 'snapshot' && payload.value.blocks[0]?.price).toMatchObject(price);
});

test('an event or a section that does not exist is NOT_FOUND', async () => {
  const sale = await open();
  const missing = [watch({ ...sale, eventId: 'nowhere' }), watch(sale, { section: 'nowhere' })];
  for (const { reader } of missing) {
    expect((await reader.ended)?.code).toBe(Code.NotFound);
  }
});
