import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { expect, onTestFinished, test } from 'vitest';
import { checkRecords } from '../doctor/check-records.ts';
import { openStore } from '../open-store.ts';
import { paymentTable } from '../services/payment/index.ts';
import { reservationTable } from '../services/reservation/index.ts';
import { deliveryTable } from '../services/webhook/index.ts';
import { openEmbeddedStore } from '../store/embedded/index.ts';
import type { Store } from '../store/index.ts';
import { tables } from '../tables.ts';
import { timerTable } from '../timers/index.ts';
import { audit } from './audit.ts';
import { bought, eventually, held, intentFor } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { dataDirectory } from './data-directory.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { area, putOnSale, saleOf, seated } from './sale.ts';
import { type Served, serveOn } from './serve.ts';

const HOLD_MS = 60_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Bookings of each kind. */
const MANY = 8;

/** Rows that the file has of every table, expired or not. */
function rowsIn(dir: string): Record<string, number> {
  const db = new DatabaseSync(join(dir, 'store.db'), { readOnly: true });
  try {
    return Object.fromEntries(
      tables.map(({ name }) => [name, Number(db.prepare(`SELECT count(*) AS n FROM t_${name}`).get()?.n)]),
    );
  } finally {
    db.close();
  }
}

/** Makes bookings, each for a buyer of their own. */
async function each(kind: string, book: (userId: string) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: MANY }, (_, at) => book(`${kind}-${at}`)));
}

/** Waits until every webhook has been delivered or given up. */
async function allTold(store: Store, receiver: Receiver): Promise<void> {
  await eventually(async () => {
    const waiting = [];
    for await (const { value } of store.scan(deliveryTable)) {
      waiting.push(...(value.state === 'WAITING' ? [value] : []));
    }
    expect(waiting).toEqual([]);
    expect(receiver.requests).toHaveLength(2 * MANY);
  });
}

/** Waits until the worker has nothing left to do, and the records of all services agree. */
async function nothingToDo(store: Store, now: number): Promise<void> {
  await eventually(async () => {
    expect((await audit(store, now, 10)).violations).toEqual([]);
    expect((await store.query(timerTable, 'due', { partition: 'all', to: now, limit: 1 })).items).toEqual([]);
  });
}

test('what bookings leave behind goes in its time, from the file too, and what was sold stays', {
  timeout: 60_000,
}, async () => {
  const clock = adjustableClock();
  const dir = await dataDirectory();
  const store = await openEmbeddedStore({ dir, tables, clock: clock.now, reapInterval: 20 });
  onTestFinished(() => store.close());
  const settings = { webhookRetries: 0, paymentDelayMs: 0 };
  const served = await serveOn({ store, clock: clock.now, worker: true, settings });
  const { eventId, queue, reservations, payments, inventory } = served;
  const sections = [...seated('floor', { A: 40, B: 40, C: 40 }), ...area('standing', { S: 2 * MANY })];
  await putOnSale(served, saleOf({ now: clock.now(), event: { sections } }));
  const receiver = await startReceiver();

  const one = { quantity: 1, section: 'floor' };
  const standing = { quantity: 1, section: 'standing' };
  await each('sold', (userId) => bought(served, { userId, ...one }));
  await each('sold-standing', (userId) => bought(served, { userId, ...standing }));
  await each('refunded', async (userId) => {
    const { paymentIntentId } = await bought(served, { userId, ...one });
    expect((await payments.cancelPayment({ paymentIntentId })).status).toBe(PaymentStatus.REFUNDED);
  });
  await each('cancelled', async (userId) => {
    const reservationId = await held(served, { userId, ...one });
    expect((await reservations.cancelReservation({ reservationId, userId })).error).toBeUndefined();
  });
  await each('admitted', async (userId) => {
    const { waitingToken } = await queue.joinQueue({ eventId, userId });
    const { reservationToken } = await queue.requestAdmission({ waitingToken, userId });
    await held(served, { userId, ...standing, reservationToken });
  });
  await each('left', async (userId) => {
    const { waitingToken } = await queue.joinQueue({ eventId, userId });
    await queue.leaveQueue({ waitingToken });
  });
  await each('lapsed', async (userId) => intentFor(served, await held(served, { userId, ...one }), userId));
  await each('declined', async (userId) => {
    const reservationId = await held(served, { userId, ...one });
    const paymentIntentId = await intentFor(served, reservationId, userId, PaymentScenario.FAIL);
    expect((await payments.processPayment({ paymentIntentId })).status).toBe(PaymentStatus.FAILED);
  });
  await each('told', async (userId) => {
    const reservationId = await held(served, { userId, ...one });
    const scenario = PaymentScenario.FAIL;
    await payments.createPaymentIntent({ reservationId, userId, scenario, webhookUrl: receiver.url });
  });
  await eventually(async () => expect(receiver.requests).toHaveLength(MANY));
  receiver.answer = (response) => void response.writeHead(500).end();
  await each('not-told', async (userId) => {
    const reservationId = await held(served, { userId, ...one });
    const scenario = PaymentScenario.FAIL;
    await payments.createPaymentIntent({ reservationId, userId, scenario, webhookUrl: receiver.url });
  });
  await allTold(store, receiver);
  // As after a crash between the hold and the record of its reservation.
  const orphaned = { eventId, userId: 'nobody', seatIds: ['C1'], reservationId: 'rsv_never_recorded' };
  expect((await inventory.reserveSeat(orphaned)).error).toBeUndefined();

  clock.advance(HOLD_MS);
  await nothingToDo(store, clock.now());
  await bought(served, { userId: 'late', seatIds: ['C1'] });
  await nothingToDo(store, clock.now());
  clock.advance(29 * DAY_MS);
  await nothingToDo(store, clock.now());
  const sold = 2 * MANY + 1;
  const unsold = 6 * MANY;
  await eventually(async () =>
    expect(rowsIn(dir), 'a month is not over').toMatchObject({
      reservation: sold + MANY + unsold,
      hold: sold + MANY + unsold + 1,
      payment: sold + MANY + 4 * MANY,
      webhook_delivery: MANY,
      buyer: sold,
      current_intent: 0,
    }),
  );

  clock.advance(3 * DAY_MS);
  await eventually(async () =>
    expect(rowsIn(dir)).toEqual({
      // What is sold, and what was paid, refunded or not.
      reservation: sold + MANY,
      payment: sold + MANY,
      hold: sold,
      buyer: sold,
      seat: MANY + 1,
      area: 1,
      // As many as there are events and secrets.
      event: 1,
      event_part: 1,
      queue_line: 1,
      secret: 3,
      // What operators did, want, and have still to look at.
      audit: 0,
      live_setting: 0,
      emergency_switch: 0,
      webhook: 0,
      dead_letter: 0,
      // What passes.
      current_intent: 0,
      idempotency: 0,
      outbox: 0,
      queue_place: 0,
      spent_token: 0,
      timer: 0,
      webhook_delivery: 0,
      webhook_destination: 0,
      webhook_named_address: 0,
      webhook_receiver: 0,
    }),
  );
  await nothingToDo(store, clock.now());
  const findings = await checkRecords(store, clock.now());
  expect(findings.length).toBeGreaterThan(0);
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
});

/** A platform without a worker, and one with, for when a worker is back that was away for longer than records last. */
async function withoutWorker() {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => store.close());
  const served = await serveOn({ store, clock: clock.now, worker: false });
  await putOnSale(served, saleOf({ now: clock.now() }));
  const workerReturns = async (): Promise<void> => {
    clock.advance(40 * DAY_MS);
    await serveOn({ store, clock: clock.now, worker: true });
    await nothingToDo(store, clock.now());
  };
  return { clock, store, served, workerReturns };
}

/** Has a buyer pay and never confirm. */
async function paid(served: Served): Promise<{ reservationId: string; paymentIntentId: string }> {
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  expect((await served.payments.processPayment({ paymentIntentId })).status).toBe(PaymentStatus.COMPLETED);
  return { reservationId, paymentIntentId };
}

test('money for a hold that is forgotten by now goes back', async () => {
  const { store, served, workerReturns } = await withoutWorker();
  const { reservationId, paymentIntentId } = await paid(served);
  await workerReturns();
  expect((await store.get(paymentTable, paymentIntentId))?.value.state).toBe('REFUNDED');
  expect((await store.get(reservationTable, reservationId))?.value.state).toBe('EXPIRED');
});

test('money for a reservation that is forgotten by now goes back', async () => {
  const { store, clock, served, workerReturns } = await withoutWorker();
  const { reservationId, paymentIntentId } = await paid(served);
  clock.advance(HOLD_MS);
  await served.worker.processReservationExpiry({ reservationId, correlationId: 'once' });
  await workerReturns();
  expect(await store.get(reservationTable, reservationId)).toBeUndefined();
  expect((await store.get(paymentTable, paymentIntentId))?.value.state).toBe('REFUNDED');
});

test('a refund whose seats came back long ago is still written down', async () => {
  const { store, served, workerReturns } = await withoutWorker();
  const { reservationId, paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1'] });
  await served.payments.cancelPayment({ paymentIntentId });
  // As far as the worker came before it was cut off.
  await served.inventory.returnSeats({ eventId: 'show', reservationId, userId: 'ann' });
  await workerReturns();
  expect((await store.get(reservationTable, reservationId))?.value).toMatchObject({
    state: 'REFUNDED',
    refundedSeatIds: ['A1'],
  });
});
