import { equals } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  type CreateReservationResponse,
  CreateReservationResponseSchema,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { seatsByStatus } from './booking.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, type Served, serve, serveOn } from './serve.ts';

const SEATS = 50;

const OVERLOAD = [Code.Unavailable, Code.ResourceExhausted, Code.DeadlineExceeded];

/** Asks again while the server says that it has too much to do. */
async function insisting<T>(call: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await call();
    } catch (reason) {
      if (tried === 10 || !OVERLOAD.includes(ConnectError.from(reason).code)) {
        throw reason;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** tried));
    }
  }
}

/** What a buyer asks for: the even ones name a seat, the odd ones take any. */
function wishOf(buyer: number) {
  const seat = Math.floor(buyer / 2) % SEATS;
  const id = `${String.fromCharCode(65 + Math.floor(seat / 10))}${(seat % 10) + 1}`;
  return {
    eventId: 'show',
    userId: `user_${buyer}`,
    idempotencyKey: `rush/${buyer}`,
    ...(buyer % 2 === 0 ? { seatIds: [id] } : { quantity: 1 }),
  };
}

function reserve({ reservations }: Clients, buyer: number): Promise<CreateReservationResponse> {
  return insisting(() => reservations.createReservation(wishOf(buyer)));
}

/** Pays and confirms. @returns the seats that now belong to the buyer. */
async function buy(clients: Clients, buyer: number, reservationId: string): Promise<readonly string[]> {
  const { payments, reservations } = clients;
  const userId = `user_${buyer}`;
  const intent = await insisting(() =>
    payments.createPaymentIntent({ reservationId, userId, idempotencyKey: `intent/${buyer}` }),
  );
  const { paymentIntentId } = intent;
  await insisting(() => payments.processPayment({ paymentIntentId, idempotencyKey: `pay/${buyer}` }));
  const confirmed = await insisting(() =>
    reservations.confirmReservation({
      reservationId,
      paymentIntentId,
      userId,
      idempotencyKey: `confirm/${buyer}`,
    }),
  );
  expect(refusalOf(confirmed)).toBeUndefined();
  expect(confirmed.status).toBe(ReservationStatus.CONFIRMED);
  return confirmed.confirmedSeats.map(({ id }) => id);
}

const sale = (perUserTicketLimit: number) =>
  saleOf({ rows: 5, seatsPerRow: SEATS / 5, event: { perUserTicketLimit } });

/** A store in memory, and a way to start processes on it: each has its own idea of which seats are free. */
async function sharedStore(): Promise<(worker: boolean) => Promise<Served>> {
  const store = await openStore({ memory: true, data: '' }, Date.now);
  onTestFinished(() => store.close());
  return (worker) => serveOn({ store, clock: Date.now, worker });
}

test.each([
  [500, 1],
  [200, 2],
])(
  '%i buyers at once for 50 seats: every seat is sold, to one buyer (processes: %i)',
  async (buyerCount, count) => {
    const start = await sharedStore();
    const servers = await Promise.all(Array.from({ length: count }, () => start(true)));
    const server = (buyer: number) => servers[Math.floor(buyer / 2) % count] as Served;
    await putOnSale(server(0), sale(1));
    const buyers = Array.from({ length: buyerCount }, (_, buyer) => buyer);

    const sold: string[] = [];
    const answers = await Promise.all(
      buyers.map(async (buyer) => {
        const answer = await reserve(server(buyer), buyer);
        if (answer.error === undefined) {
          const seats = await buy(server(buyer), buyer, answer.reservationId);
          expect(seats).toEqual(answer.reservedSeats.map(({ id }) => id));
          sold.push(...seats);
        }
        return answer;
      }),
    );

    const winners = answers.filter(({ error }) => error === undefined);
    expect(winners).toHaveLength(SEATS);
    expect(new Set(sold).size).toBe(SEATS);
    expect(sold).toHaveLength(SEATS);
    answers.forEach((answer, buyer) => {
      if (answer.error !== undefined) {
        const expected = buyer % 2 === 0 ? 'INVENTORY_CONFLICT' : 'INSUFFICIENT_INVENTORY';
        expect(refusalOf(answer)?.code, `buyer ${buyer}`).toBe(expected);
      }
    });

    // The same keys again: the same answers, and nothing more is sold.
    const again = await Promise.all(buyers.map((buyer) => reserve(server(buyer), buyer)));
    again.forEach((answer, buyer) => {
      const first = answers[buyer] as CreateReservationResponse;
      expect(equals(CreateReservationResponseSchema, answer, first), `buyer ${buyer}`).toBe(true);
    });
    // A process that starts now knows the seats from the store alone.
    expect([...(await seatsByStatus(await start(false))).SOLD].sort()).toEqual(sold.sort());
  },
);

test('SECURITY 22: a buyer who reserves twenty times at once gets no more tickets than the event allows', async () => {
  const served = await serve();
  await putOnSale(served, sale(4));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      insisting(() =>
        served.reservations.createReservation({
          eventId: 'show',
          userId: 'greedy',
          quantity: 1,
          idempotencyKey: `greedy/${at}`,
        }),
      ),
    ),
  );

  const codes = answers.map((answer) => refusalOf(answer)?.code ?? 'held');
  expect(codes.filter((code) => code === 'held')).toHaveLength(4);
  expect(codes.filter((code) => code === 'QUOTA_EXCEEDED')).toHaveLength(16);
  const { seats } = await served.inventory.listSeats({ eventId: 'show', status: SeatStatus.RESERVED });
  expect(seats).toHaveLength(4);
});
