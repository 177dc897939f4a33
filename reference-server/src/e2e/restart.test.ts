import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { JobInstanceStatus, ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import type { SettingsInput } from '../config/index.ts';
import { openStore } from '../open-store.ts';
import { startTestServer } from '../testing/index.ts';
import { bought, eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { dataDirectory } from './data-directory.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { patience, type Served, serve, serveOn } from './serve.ts';

const HOLD_MS = 60_000;

/** A data directory with an event on sale, and a way to serve it; one server at a time. */
async function platform(options: { readonly worker?: boolean; readonly settings?: SettingsInput } = {}) {
  const clock = adjustableClock();
  const settings = { ...options.settings, memory: false, data: await dataDirectory() };
  const start = async (worker: boolean): Promise<Served> => {
    const store = await openStore(settings, clock.now);
    onTestFinished(() => store.close());
    const served = await serveOn({ store, clock: clock.now, worker, settings });
    const close = async (): Promise<void> => {
      await served.close();
      await store.close();
    };
    return { ...served, close };
  };
  const first = await start(options.worker ?? true);
  await putOnSale(first, saleOf({ now: clock.now(), event: { perUserTicketLimit: 4 } }));
  return {
    clock,
    first,
    settings,
    restart: async (running: Served) => {
      await running.close();
      return start(true);
    },
  };
}

const reservationOf = async ({ reservations }: Served, reservationId: string) =>
  (await reservations.getReservation({ reservationId, userId: 'ann' })).reservation;

test('holds, sales, prices and ticket limits are there after a restart', async () => {
  const { clock, first, restart } = await platform();
  const holding = await held(first, { userId: 'ann', seatIds: ['A1'] });
  const order = await bought(first, { userId: 'ann', seatIds: ['A2', 'A3'] });
  const before = await reservationOf(first, order.reservationId);

  const second = await restart(first);
  expect(await seatsByStatus(second)).toMatchObject({ RESERVED: ['A1'], SOLD: ['A2', 'A3'] });
  expect(await reservationOf(second, order.reservationId)).toEqual(before);
  const wish = { eventId: 'show', userId: 'ann', quantity: 2 };
  expect(refusalOf(await second.reservations.createReservation(wish))?.code).toBe('QUOTA_EXCEEDED');
  const taken = { eventId: 'show', userId: 'bob', seatIds: ['A2'] };
  expect(refusalOf(await second.reservations.createReservation(taken))?.code).toBe('INVENTORY_CONFLICT');

  // The hold goes on where it was: it can be paid, and it would have lapsed on time.
  clock.advance(HOLD_MS - 1);
  expect((await reservationOf(second, holding))?.status).toBe(ReservationStatus.HOLD);
  const paymentIntentId = await intentFor(second, holding, 'ann');
  const third = await restart(second);
  const paid = await third.payments.processPayment({ paymentIntentId });
  expect(paid.status).toBe(PaymentStatus.COMPLETED);
  await eventually(async () =>
    expect((await reservationOf(third, holding))?.status).toBe(ReservationStatus.CONFIRMED),
  );
  expect((await seatsByStatus(third)).SOLD).toEqual(['A1', 'A2', 'A3']);
});

test('what was not done when it stopped is done after the start: an expiry, a payment, an event', async () => {
  const { clock, first, restart } = await platform({
    worker: false,
    settings: { paymentDelayMs: 10_000 },
  });
  const lapsing = await held(first, { userId: 'ann', seatIds: ['A1'] });
  const startPaying = async (seatId: string, scenario: PaymentScenario) => {
    const reservationId = await held(first, { userId: 'ann', seatIds: [seatId] });
    await first.reservations.extendHold({ reservationId, userId: 'ann', extensionSeconds: 100 });
    const paymentIntentId = await intentFor(first, reservationId, 'ann', scenario);
    const { status } = await first.payments.processPayment({ paymentIntentId });
    return { reservationId, status };
  };
  const delayed = await startPaying('A2', PaymentScenario.DELAY);
  expect(delayed.status).toBe(PaymentStatus.PROCESSING);
  const paid = await startPaying('A3', PaymentScenario.APPROVE);
  expect(paid.status).toBe(PaymentStatus.COMPLETED);
  for (const id of [lapsing, delayed.reservationId, paid.reservationId]) {
    expect((await reservationOf(first, id))?.status).toBe(ReservationStatus.HOLD);
  }
  await first.close();
  clock.advance(HOLD_MS);

  const second = await restart(first);
  await eventually(async () => {
    const { jobs } = await second.worker.getJobStatus({ jobId: lapsing });
    expect(jobs[0]?.status).toBe(JobInstanceStatus.COMPLETED);
    for (const id of [delayed.reservationId, paid.reservationId]) {
      expect((await reservationOf(second, id))?.status).toBe(ReservationStatus.CONFIRMED);
    }
  });
  expect((await reservationOf(second, lapsing))?.status).toBe(ReservationStatus.EXPIRED);
  expect(await seatsByStatus(second)).toMatchObject({ RESERVED: [], SOLD: ['A2', 'A3'] });
});

test('the demo is put on sale once', async () => {
  const data = await dataDirectory();
  const start = async () => {
    const server = await startTestServer({ settings: { ...patience, memory: false, data } });
    onTestFinished(() => server.close({ graceMs: 0 }));
    return server;
  };
  const first = await start();
  const all = ['event_123', 'test', 'bts-concert-2024', 'evt_2025_1001', 'arena'];
  expect(first.seeded).toEqual(all);
  const before = await first.platform.catalog.listEvents({});
  await first.close();

  const second = await start();
  expect(second.seeded).toEqual([]);
  const after = await second.platform.catalog.listEvents({});
  expect(after.events.map(({ event }) => event?.id).sort()).toEqual([...all].sort());
  expect(after.events).toEqual(before.events);
});

test('places in line, their order and their tokens survive a restart', async () => {
  const { first, restart } = await platform({ settings: { admissionRate: 0 } });
  const join = async (server: Served, userId: string) => {
    const place = await server.queue.joinQueue({ eventId: 'show', userId });
    expect(refusalOf(place)).toBeUndefined();
    return place;
  };
  const tokens: string[] = [];
  for (const userId of ['ann', 'bob', 'cat']) {
    tokens.push((await join(first, userId)).waitingToken);
  }
  const places = (server: Served) =>
    Promise.all(
      tokens.map(async (waitingToken) => (await server.queue.getQueueStatus({ waitingToken })).position),
    );
  const before = await places(first);
  expect(before).toEqual([...before].sort((a, b) => a - b));
  expect(new Set(before).size).toBe(3);

  const second = await restart(first);
  expect(await places(second)).toEqual(before);
  expect((await join(second, 'bob')).position).toBe(before[1]);
  expect((await join(second, 'dan')).position).toBeGreaterThan(before[2] ?? 0);
});

test('a data directory serves one process at a time', async () => {
  const { settings } = await platform();
  await expect(serve({ settings })).rejects.toThrow(
    `data folder ${settings.data} is in use by process ${process.pid}`,
  );
});
