import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { holdTable } from '../services/inventory/index.ts';
import { ConditionFailed, type Store } from '../store/index.ts';
import { seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { dyingStore } from './dying-store.ts';
import { refusalOf } from './refusal.ts';
import { area, type EventInit, putOnSale, saleOf, seated } from './sale.ts';
import { type Served, serveOn } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

/** Two processes on one store: each has its own idea of which places are free. */
const running = beforeAllTests(async (cleanUp) => {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => store.close());
  const { store: dying, dieAfter, revive } = dyingStore(store);
  const options = { clock: clock.now, worker: false, cleanUp };
  const processes = [await serveOn({ ...options, store }), await serveOn({ ...options, store })] as const;
  const mortal = await serveOn({ ...options, store: dying });
  /** A process that knows the places from the store alone. */
  const newcomer = () => serveOn({ store, clock: clock.now, worker: false });
  return { clock, store, processes, mortal, dieAfter, revive, newcomer };
});

/** Of tests that make many calls, on a machine that has much else to do. */
const PATIENCE_MS = 120_000;

let sales = 0;

async function onSale(event: EventInit): Promise<string> {
  const { clock, processes } = running();
  const eventId = `show-${++sales}`;
  await putOnSale(processes[0], saleOf({ now: clock.now(), event: { ...event, id: eventId } }));
  return eventId;
}

/** What the holds say that is taken; a place that two of them have is there twice. */
async function takenPlaces(store: Store, eventId: string, now: number) {
  const RESERVED: string[] = [];
  const SOLD: string[] = [];
  for await (const { value: hold } of store.scan(holdTable)) {
    if (hold.eventId === eventId) {
      SOLD.push(...(hold.state === 'COMMITTED' ? hold.seatIds : []));
      RESERVED.push(...(hold.state === 'ACTIVE' && hold.expiresAt > now ? hold.seatIds : []));
    }
  }
  return { RESERVED: RESERVED.sort(), SOLD: SOLD.sort() };
}

/** What many do at the same time, by whose reservation and at which process. */
const action = fc.record({
  do: fc.constantFrom('take', 'take', 'take', 'name', 'buy', 'release', 'return'),
  who: fc.nat(30),
  quantity: fc.integer({ min: 1, max: 4 }),
  place: fc.integer({ min: 1, max: 40 }),
  process: fc.constantFrom(0, 1),
});
const wave = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 30 }),
  waitMs: fc.constantFrom(0, 0, 70_000),
});

function act(
  { inventory }: Served,
  eventId: string,
  { do: what, who, quantity, place }: typeof action extends fc.Arbitrary<infer A> ? A : never,
) {
  const of = { eventId, reservationId: `rsv-${eventId}-${who}` };
  const key = { ...of, idempotencyKey: crypto.randomUUID() };
  switch (what) {
    case 'take':
      return inventory.reserveSeat({ ...key, quantity });
    case 'name':
      return inventory.reserveSeat({ ...key, seatIds: [`G${place}`, `G${1 + (place % 40)}`] });
    case 'buy':
      return inventory.commitReservation({ ...key, paymentIntentId: `pi-${who}` });
    case 'release':
      return inventory.releaseHold(key);
    default:
      return inventory.returnSeats(key);
  }
}

test(
  'whatever many do with an area at once, by two processes: no place is two buyers’, and the counts are right',
  async () => {
    const { processes, store, clock, newcomer } = running();
    await fc.assert(
      fc.asyncProperty(fc.array(wave, { minLength: 2, maxLength: 3 }), async (waves) => {
        const eventId = await onSale({ sections: area('field', { G: 40 }) });
        for (const { actions, waitMs } of waves) {
          const answers = await Promise.all(
            actions.map((one) => act(processes[one.process] as Served, eventId, one)),
          );
          // Nobody gave up because of the others.
          expect(answers.map((answer) => refusalOf(answer)?.code)).not.toContain('CONCURRENT_MODIFICATION');
          clock.advance(waitMs);

          const taken = await takenPlaces(store, eventId, clock.now());
          const all = [...taken.RESERVED, ...taken.SOLD];
          expect(new Set(all).size).toBe(all.length);
        }
        const taken = await takenPlaces(store, eventId, clock.now());
        const late = await newcomer();
        const seen = await seatsByStatus(late, eventId);
        expect({ RESERVED: [...seen.RESERVED].sort(), SOLD: [...seen.SOLD].sort() }).toEqual(taken);
        const { stats } = await late.inventory.getInventoryStatus({ eventId });
        expect(stats).toMatchObject({
          totalSeats: 40,
          availableSeats: 40 - taken.RESERVED.length - taken.SOLD.length,
          reservedSeats: taken.RESERVED.length,
          soldSeats: taken.SOLD.length,
        });
        await late.close();
      }),
      { numRuns: 5 },
    );
  },
  PATIENCE_MS,
);

test.each([
  [150, 100, 2],
  [150, 16, 1],
])(
  'a rush of %i on an area of %i sells every place once and refuses the rest (processes: %i)',
  async (buyers, places, count) => {
    const { processes, clock, store } = running();
    const eventId = await onSale({ sections: area('field', { G: places }) });
    const answers = await Promise.all(
      Array.from({ length: buyers }, (_, buyer) =>
        (processes[buyer % count] as Served).inventory.reserveSeat({
          eventId,
          reservationId: `rush-${eventId}-${buyer}`,
          userId: `user-${buyer}`,
          quantity: 1,
        }),
      ),
    );
    const held = answers.flatMap(({ reservedSeats }) => reservedSeats.map(({ id }) => id));
    expect(new Set(held).size).toBe(places);
    expect(held).toHaveLength(places);
    const refused = answers.map((answer) => refusalOf(answer)?.code).filter((code) => code !== undefined);
    expect(refused).toEqual(Array.from({ length: buyers - places }, () => 'INSUFFICIENT_INVENTORY'));
    expect((await takenPlaces(store, eventId, clock.now())).RESERVED).toHaveLength(places);
  },
);

test.each([
  ['rows', seated('floor', { A: 100 })],
  ['an area', area('field', { G: 100 })],
])(
  'buyers of one process who come at the same time do not get in the way of each other (%s)',
  async (_kind, sections) => {
    const { store, clock } = running();
    let conflicts = 0;
    const counted: Store = {
      ...store,
      transact: (writes) =>
        store.transact(writes).catch((error: unknown) => {
          conflicts += error instanceof ConditionFailed ? 1 : 0;
          throw error;
        }),
    };
    const { inventory } = await serveOn({ store: counted, clock: clock.now, worker: false });
    const eventId = await onSale({ sections });
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, buyer) => {
        const of = { eventId, reservationId: `buyer-${eventId}-${buyer}` };
        const held = await inventory.reserveSeat({ ...of, quantity: 2 });
        const next = buyer % 2 === 0 ? inventory.releaseHold(of) : commit(inventory, of);
        return [held, await next].map(refusalOf);
      }),
    );
    expect(answers.flat()).toEqual(answers.flatMap(() => [undefined, undefined]));
    expect(conflicts).toBe(0);
  },
);

const commit = (inventory: Served['inventory'], of: { eventId: string; reservationId: string }) =>
  inventory.commitReservation({ ...of, paymentIntentId: 'pi' });

test.each(['before', 'after'] as const)(
  'a process that dies %s it writes a change of an area leaves all of it or nothing',
  async (moment) => {
    const { mortal, processes, dieAfter, revive, newcomer } = running();
    const [other] = processes;
    const eventId = await onSale({ sections: area('field', { G: 40 }) });
    const of = { eventId, reservationId: `crash-${eventId}` };
    const steps = [
      [
        'RESERVED',
        { quantity: 10 },
        (at: Served, key: object) => at.inventory.reserveSeat({ ...of, ...key }),
      ],
      [
        'SOLD',
        { paymentIntentId: 'pi' },
        (at: Served, key: object) => at.inventory.commitReservation({ ...of, ...key }),
      ],
      ['AVAILABLE', {}, (at: Served, key: object) => at.inventory.returnSeats({ ...of, ...key })],
    ] as const;
    let before = await seatsByStatus(await newcomer(), eventId);
    for (const [state, request, call] of steps) {
      const key = { ...request, idempotencyKey: `${of.reservationId}/${state}` };
      dieAfter(0, moment);
      await expect(call(mortal, key)).rejects.toThrow();
      expect(revive()).toBe(true);
      const died = await seatsByStatus(await newcomer(), eventId);
      const again = await call(other, key);
      expect(refusalOf(again)).toBeUndefined();
      const after = await seatsByStatus(await newcomer(), eventId);
      expect(after[state]).toHaveLength(state === 'AVAILABLE' ? 40 : 10);
      expect(died).toEqual(moment === 'before' ? before : after);
      before = after;
    }
  },
  PATIENCE_MS,
);

test('SECURITY 22: a buyer who asks for seats and places everywhere at once gets no more than the limit', async () => {
  const { processes, newcomer } = running();
  const eventId = await onSale({
    perUserTicketLimit: 4,
    sections: [...seated('floor', { A: 30 }), ...area('field', { G: 100 })],
  });
  const wishes = [
    { quantity: 1, section: 'floor' },
    { quantity: 1, section: 'field' },
    { quantity: 2, section: 'field' },
    { quantity: 3 },
  ];
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, at) =>
      (processes[at % 2] as Served).reservations.createReservation({
        eventId,
        userId: 'greedy',
        idempotencyKey: `greedy/${eventId}/${at}`,
        ...wishes[at % wishes.length],
      }),
    ),
  );
  const codes = answers.map((answer) => refusalOf(answer)?.code);
  expect(codes.filter((code) => code !== undefined && code !== 'QUOTA_EXCEEDED')).toEqual([]);
  expect(answers.flatMap(({ reservedSeats }) => reservedSeats)).toHaveLength(4);
  expect((await seatsByStatus(await newcomer(), eventId)).RESERVED).toHaveLength(4);
});
