import { expect, test } from 'vitest';
import { startTestServer } from '../testing/index.ts';
import { bufCurl, connect, grpcJs, grpcWeb, type MakeProgram, type Program } from './programs.ts';
import { patience } from './serve.ts';

/** Which services a program asks: the one made for browsers, or each for itself. */
type Entry = 'gateway' | 'services';

const CREATE: Readonly<Record<Entry, string>> = {
  gateway: 'gateway.v1.GatewayService',
  services: 'reservation.v1.ReservationService',
};
const PAY: Readonly<Record<Entry, string>> = {
  gateway: 'gateway.v1.GatewayService',
  services: 'payment.v1.PaymentService',
};

interface Seat {
  readonly id: string;
  readonly status: string;
}

/** The fields of answers that the programs look at. */
interface Answer {
  readonly position: number;
  readonly waitingToken: string;
  readonly available: boolean;
  readonly availableSeats: readonly Seat[];
  readonly reservationId: string;
  readonly paymentIntentId: string;
  readonly status: string;
  readonly orderId: string;
  readonly confirmedSeats: readonly Seat[];
  readonly reservation: Pick<Answer, 'status' | 'orderId'> & { readonly seatIds: readonly string[] };
  readonly payment: Pick<Answer, 'status' | 'reservationId'>;
  readonly error?: unknown;
}

/** The calls of the documented programs, with exactly their fields. */
async function documented(program: Program, entry: Entry) {
  const call = async (service: string, method: string, request: Parameters<Program>[2]) => {
    const answer = (await program(service, method, request)) as Answer;
    expect(answer.error ?? null, `${service}/${method}`).toBeNull();
    return answer;
  };
  const buyer = { eventId: 'event_123', userId: 'user_456' };
  const amount = { amount: 100000, currency: 'KRW' };

  const place = await call('gateway.v1.QueueService', 'JoinQueue', buyer);
  expect(place.position).toBeGreaterThanOrEqual(1);

  const { available, availableSeats } = await call('reservation.v1.InventoryService', 'CheckAvailability', {
    eventId: 'event_123',
    quantity: 2,
  });
  expect(available).toBe(true);
  expect(availableSeats).toHaveLength(2);

  const { reservationId } = await call(CREATE[entry], 'CreateReservation', {
    ...buyer,
    seatIds: ['A1', 'A2'],
    quantity: 2,
    totalAmount: amount,
  });
  expect(reservationId).not.toBe('');

  const { paymentIntentId } = await call(PAY[entry], 'CreatePaymentIntent', {
    reservationId,
    amount,
    userId: 'user_456',
  });
  expect(paymentIntentId).not.toBe('');
  return { position: place.position, reservationId, paymentIntentId };
}

/** What comes after: pays, confirms and reads back. */
async function completed(
  program: Program,
  entry: Entry,
  ids: { reservationId: string; paymentIntentId: string },
) {
  const call = async (service: string, method: string, request: Parameters<Program>[2]) =>
    (await program(service, method, request)) as Answer;
  const { reservationId, paymentIntentId } = ids;
  const paid = await call(PAY[entry], 'ProcessPayment', { paymentIntentId });
  const confirmed = await call(CREATE[entry], 'ConfirmReservation', {
    reservationId,
    paymentIntentId,
    userId: 'user_456',
  });
  const read = await call(CREATE[entry], 'GetReservation', { reservationId, userId: 'user_456' });
  const { payment } = await call(PAY[entry], 'GetPaymentStatus', { paymentIntentId });

  expect(paid).toMatchObject({ status: 'PAYMENT_STATUS_COMPLETED' });
  expect(confirmed).toMatchObject({
    status: 'RESERVATION_STATUS_CONFIRMED',
    confirmedSeats: [
      { id: 'A1', status: 'SEAT_STATUS_SOLD' },
      { id: 'A2', status: 'SEAT_STATUS_SOLD' },
    ],
  });
  expect(read.reservation).toMatchObject({
    status: 'RESERVATION_STATUS_CONFIRMED',
    orderId: confirmed.orderId,
    seatIds: ['A1', 'A2'],
  });
  expect(payment).toMatchObject({ status: 'PAYMENT_STATUS_COMPLETED', reservationId });
}

const image = 'packages/contracts/gen/descriptor.binpb';

const programs: readonly [name: string, make: MakeProgram, first: Entry, again: Entry][] = [
  ['@grpc/grpc-js with the .proto files, the gateway', grpcJs, 'gateway', 'gateway'],
  ['@grpc/grpc-js with the .proto files, every service', grpcJs, 'services', 'services'],
  ['connect-web over gRPC-Web, the gateway', grpcWeb, 'gateway', 'gateway'],
  ['connect-web over gRPC-Web, every service', grpcWeb, 'services', 'services'],
  ['connect-web over Connect, the gateway', connect, 'gateway', 'gateway'],
  ['connect-web over Connect, every service', connect, 'services', 'services'],
  // A process for each call is slow: each of these goes both ways.
  ['buf curl over gRPC, the gateway, then every service', bufCurl('grpc', 'proto'), 'gateway', 'services'],
  [
    'buf curl over gRPC-Web, every service, then the gateway',
    bufCurl('grpcweb', image),
    'services',
    'gateway',
  ],
  [
    'buf curl over Connect, the gateway, then every service',
    bufCurl('connect', image),
    'gateway',
    'services',
  ],
];

test.concurrent.for(programs)(
  'the documented program books, by %s',
  { timeout: 120_000 },
  async ([, make, first, again], { onTestFinished }) => {
    const server = await startTestServer({ settings: patience });
    onTestFinished(() => server.close({ graceMs: 0 }));
    const program = make(server.url, onTestFinished);

    const booked = await documented(program, first);
    expect(await documented(program, again)).toEqual(booked);
    await completed(program, first, booked);
  },
);
