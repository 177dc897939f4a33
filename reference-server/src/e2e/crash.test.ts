import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { equals, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import {
  type CreateReservationRequestSchema,
  type CreateReservationResponse,
  CreateReservationResponseSchema,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { audit } from './audit.ts';
import { childServer } from './child-server.ts';
import { dataDirectory } from './data-directory.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, clientsOf } from './serve.ts';

const KILLS = 3;
const BUYERS_AT_ONCE = 24;
const TICKET_LIMIT = 3;
const SEATS_PER_ROW = 100;
const ROWS = 20;

/** What the server has told its buyers: all of it must be true whatever happens. */
interface Ledger {
  /** Answers to all kinds of calls. */
  acknowledged: number;
  readonly reserved: Map<string, Reserved>;
  readonly intents: Map<string, { reservationId: string; userId: string; paid: boolean }>;
  readonly confirmed: Map<string, { orderId: string; seatIds: string[] }>;
  readonly cancelled: Set<string>;
}

interface Reserved {
  readonly request: MessageInitShape<typeof CreateReservationRequestSchema>;
  readonly answer: CreateReservationResponse;
}

/** The server that runs now; buyers wait while there is none. */
interface Shop {
  clients: Promise<Clients>;
  /** Changes with every server. */
  generation: number;
  closed: boolean;
}

const OVERLOAD = [Code.Unavailable, Code.ResourceExhausted, Code.DeadlineExceeded];

/** Calls, and calls again the same way when the server was killed before it answered. */
async function insisting<T>(shop: Shop, ledger: Ledger, call: (clients: Clients) => Promise<T>): Promise<T> {
  for (;;) {
    const clients = await shop.clients;
    const { generation } = shop;
    try {
      const answer = await call(clients);
      ledger.acknowledged++;
      return answer;
    } catch (reason) {
      if (shop.generation === generation && !OVERLOAD.includes(ConnectError.from(reason).code)) {
        throw reason;
      }
      await delay(5);
    }
  }
}

/** One buyer, who may name a seat, pay in several ways, leave, give up, or let the worker confirm. */
async function buyer(shop: Shop, ledger: Ledger, userId: string): Promise<void> {
  const ask = <T>(call: (clients: Clients) => Promise<T>) => insisting(shop, ledger, call);
  const seats = Array.from({ length: randomInt(1, 4) }, (_, offset) => `A${randomInt(1, 30) * 3 + offset}`);
  const wish = randomInt(2) === 0 ? { seatIds: seats } : { quantity: seats.length };
  const request = { eventId: 'show', userId, idempotencyKey: `${userId}/reserve`, ...wish };
  const answer = await ask(({ reservations }) => reservations.createReservation(request));
  const { reservationId } = answer;
  if (answer.error !== undefined) {
    expect(['INVENTORY_CONFLICT', 'INSUFFICIENT_INVENTORY']).toContain(refusalOf(answer)?.code);
    return;
  }
  ledger.reserved.set(reservationId, { request, answer });

  const course = randomInt(20);
  if (course === 0) {
    return;
  }
  if (course === 1) {
    const { error } = await ask(({ reservations }) =>
      reservations.cancelReservation({ reservationId, userId, idempotencyKey: `${userId}/cancel` }),
    );
    if (error === undefined) {
      ledger.cancelled.add(reservationId);
    }
    return;
  }
  const scenario =
    course < 4 ? PaymentScenario.FAIL : course < 7 ? PaymentScenario.DELAY : PaymentScenario.APPROVE;
  const { paymentIntentId, error } = await ask(({ payments }) =>
    payments.createPaymentIntent({ reservationId, userId, scenario, idempotencyKey: `${userId}/intent` }),
  );
  if (error !== undefined) {
    return;
  }
  const paid = await ask(({ payments }) =>
    payments.processPayment({ paymentIntentId, idempotencyKey: `${userId}/pay` }),
  );
  const completed = paid.status === PaymentStatus.COMPLETED;
  ledger.intents.set(paymentIntentId, { reservationId, userId, paid: completed });
  if (!completed || course > 15) {
    return;
  }
  const confirmed = await ask(({ reservations }) =>
    reservations.confirmReservation({
      reservationId,
      paymentIntentId,
      userId,
      idempotencyKey: `${userId}/confirm`,
    }),
  );
  if (confirmed.error === undefined) {
    const sold = confirmed.confirmedSeats.map(({ id }) => id);
    ledger.confirmed.set(reservationId, { orderId: confirmed.orderId, seatIds: sold });
  }
}

/** Waits until the worker has drawn all consequences of the payments. */
async function caughtUp(clients: Clients, ledger: Ledger): Promise<void> {
  const settled = async (paymentIntentId: string): Promise<boolean> => {
    const { reservationId, userId } = ledger.intents.get(paymentIntentId) as {
      reservationId: string;
      userId: string;
    };
    const { payment } = await clients.payments.getPaymentStatus({ paymentIntentId, userId });
    if (payment?.status === PaymentStatus.COMPLETED) {
      const { reservation } = await clients.reservations.getReservation({ reservationId, userId });
      return reservation?.status === ReservationStatus.CONFIRMED;
    }
    return payment?.status !== PaymentStatus.PROCESSING;
  };
  let open = [...ledger.intents.keys()];
  for (const until = Date.now() + 20_000; open.length > 0 && Date.now() < until; ) {
    const ended = await Promise.all(open.map(settled));
    open = open.filter((_, at) => ended[at] === false);
    await delay(20);
  }
  // Whatever is left over, the audit names.
}

test('a server that is killed again and again keeps every promise', { timeout: 120_000 }, async () => {
  const data = await dataDirectory();
  const flags = ['--no-demo', '--min-deadline-ms', '30000', '--payment-delay-ms', '300'];
  const start = () => childServer(data, ...flags);
  const ledger: Ledger = {
    acknowledged: 0,
    reserved: new Map(),
    intents: new Map(),
    confirmed: new Map(),
    cancelled: new Set(),
  };
  let server = await start();
  let clients = clientsOf(server.url);
  await putOnSale(
    clients,
    saleOf({
      rows: ROWS,
      seatsPerRow: SEATS_PER_ROW,
      event: { holdSeconds: 4, perUserTicketLimit: TICKET_LIMIT },
    }),
  );
  const shop: Shop = { clients: Promise.resolve(clients), generation: 0, closed: false };

  let count = 0;
  const load = Array.from({ length: BUYERS_AT_ONCE }, async () => {
    while (!shop.closed) {
      await buyer(shop, ledger, `user_${count++}`);
    }
  });
  const failed = Promise.all(load);
  // It is looked at while the next server starts at the latest.
  failed.catch(() => undefined);
  for (let kill = 0; kill < KILLS; kill++) {
    const enough = ledger.acknowledged + randomInt(100, 400);
    while (ledger.acknowledged < enough) {
      await Promise.race([delay(1), failed]);
    }
    const next = Promise.withResolvers<Clients>();
    shop.generation++;
    shop.clients = next.promise;
    await server.kill();
    server = await start();
    clients = clientsOf(server.url);
    next.resolve(clients);
  }
  shop.closed = true;
  await Promise.all(load);
  await caughtUp(clients, ledger);

  // Every key still gives the answer that it gave.
  const differing = await Promise.all(
    [...ledger.reserved.values()].map(async ({ request, answer }) => {
      const again = await clients.reservations.createReservation(request);
      return equals(CreateReservationResponseSchema, again, answer) ? [] : [{ answer, again }];
    }),
  );
  expect(differing.flat()).toEqual([]);
  expect(await server.stop()).toBe(0);

  const store = await openStore({ memory: false, data }, Date.now);
  const { reservations, payments, violations } = await audit(store, Date.now(), TICKET_LIMIT);
  await store.close();
  expect(violations).toEqual([]);
  for (const [id, { request, answer }] of ledger.reserved) {
    expect(reservations.get(id), id).toMatchObject({
      userId: request.userId,
      total: Number(answer.totalAmount?.amount),
      seats: answer.reservedSeats.map((seat) => ({ id: seat.id })),
    });
  }
  for (const [id, { reservationId, paid }] of ledger.intents) {
    expect(payments.get(id), id).toMatchObject({ reservationId });
    if (paid) {
      expect(['COMPLETED', 'REFUNDED'], id).toContain(payments.get(id)?.state);
    }
  }
  for (const [id, { orderId, seatIds }] of ledger.confirmed) {
    expect(reservations.get(id), id).toMatchObject({
      state: 'CONFIRMED',
      orderId,
      seats: seatIds.map((seat) => ({ id: seat })),
    });
  }
  for (const id of ledger.cancelled) {
    expect(reservations.get(id)?.state, id).toBe('CANCELLED');
  }
  const sold = [...ledger.confirmed.values()].flatMap(({ seatIds }) => seatIds);
  expect(new Set(sold).size).toBe(sold.length);
});
