import { equals, type MessageInitShape } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import {
  type CreateReservationRequestSchema,
  type CreateReservationResponse,
  CreateReservationResponseSchema,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { held, intentFor, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { dataDirectory } from './data-directory.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, type Served, serve, serveOn } from './serve.ts';
import { sharedSale } from './shared-sale.ts';

/** Time that an answer is kept, by the contract. */
const TTL_MS = 300_000;

/** A request of Ann's for the first seat, with a key of its own. */
const wishFor = (eventId: string) => ({
  eventId,
  userId: 'ann',
  seatIds: ['A1'],
  idempotencyKey: `key/${eventId}`,
});

/** Options of a call, and whether its answer was an earlier one. */
function watched(): { options: CallOptions; replayed: () => boolean; warnings: () => string | null } {
  let header = new Headers();
  return {
    options: {
      onHeader: (received) => {
        header = new Headers(received);
      },
    },
    replayed: () => header.get('idempotent-replayed') === 'true',
    warnings: () => header.get('warning'),
  };
}

async function reserve(
  { reservations }: Clients,
  request: MessageInitShape<typeof CreateReservationRequestSchema>,
): Promise<{ answer: CreateReservationResponse; replayed: boolean }> {
  const { options, replayed } = watched();
  const answer = await reservations.createReservation(request, options);
  return { answer, replayed: replayed() };
}

const same = (a: CreateReservationResponse, b: CreateReservationResponse): boolean =>
  equals(CreateReservationResponseSchema, a, b);

const sale = sharedSale();

test('the same key and request get the first answer again, marked, and have no second effect', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const { seatIds: _, ...byQuantity } = wish;
  const first = await reserve(served, { ...byQuantity, quantity: 2 });
  const second = await reserve(served, { ...byQuantity, quantity: 2 });

  expect(first.replayed).toBe(false);
  expect(second.replayed).toBe(true);
  expect(same(second.answer, first.answer)).toBe(true);
  expect((await seatsByStatus(served)).RESERVED).toHaveLength(2);
});

test('what a client says of itself does not make another request', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const first = await reserve(served, { ...wish, metadata: { source: 'app', userAgent: 'one' } });
  const second = await reserve(served, { ...wish, metadata: { source: 'app', userAgent: 'two' } });

  expect(second.replayed).toBe(true);
  expect(same(second.answer, first.answer)).toBe(true);
});

test.each([
  ['other seats', { seatIds: ['A2'] }],
  ['another price', { totalAmount: { amount: 50_000n, currency: 'KRW' } }],
  ['a number instead of seats', { seatIds: [], quantity: 1 }],
])('SECURITY 11: the same key with %s is a conflict and has no effect', async (_name, other) => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const first = await reserve(served, wish);
  const second = await reserve(served, { ...wish, ...other });

  expect(refusalOf(second.answer)).toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
    details: ['idempotency_key KEY_REUSED'],
  });
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']);
  // The conflict has not taken the place of the first answer.
  expect(same((await reserve(served, wish)).answer, first.answer)).toBe(true);
});

test.each([1, 2])(
  'SECURITY 12: fifty identical calls at once have one effect and equal answers (%i process)',
  async (count) => {
    const store = await openStore({ memory: true, data: '' }, Date.now);
    onTestFinished(() => store.close());
    const start = () => serveOn({ store, clock: Date.now, worker: false });
    const servers = await Promise.all(Array.from({ length: count }, start));
    const [first] = servers as [Served];
    await putOnSale(first, saleOf({}));
    const { seatIds: _, ...any } = wishFor('show');

    const calls = await Promise.all(
      Array.from({ length: 50 }, (_, at) => reserve(servers[at % count] ?? first, { ...any, quantity: 1 })),
    );
    const answer = calls[0]?.answer as CreateReservationResponse;
    expect(refusalOf(answer)).toBeUndefined();
    expect(calls.map((call) => refusalOf(call.answer)).filter((refusal) => refusal !== undefined)).toEqual(
      [],
    );
    expect(calls.filter((call) => !same(call.answer, answer))).toEqual([]);
    expect(calls.filter(({ replayed }) => !replayed).length).toBe(1);
    expect((await seatsByStatus(await start())).RESERVED).toEqual(answer.reservedSeats.map(({ id }) => id));
    expect((await first.reservations.listReservations({ userId: 'ann' })).reservations).toHaveLength(1);
  },
);

test('SECURITY 12: fifty identical payments at once charge once', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const reservationId = await held(served, wish);
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      served.payments.processPayment({ paymentIntentId, idempotencyKey: `pay/${reservationId}` }),
    ),
  );

  expect(answers.map(refusalOf)).toEqual(answers.map(() => undefined));
  expect(new Set(answers.map(({ paymentId, transactionId }) => `${paymentId} ${transactionId}`)).size).toBe(
    1,
  );
});

test('SECURITY 10: a key belongs to its caller', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const anns = await reserve(served, { ...wish, seatIds: ['A1'] });
  const bobs = await reserve(served, { ...wish, userId: 'bob', seatIds: ['A2'] });

  expect(bobs.replayed).toBe(false);
  expect(refusalOf(bobs.answer)).toBeUndefined();
  expect(bobs.answer.reservationId).not.toBe(anns.answer.reservationId);
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1', 'A2']);
});

test('SECURITY 10: a key belongs to its method', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const { reservationId } = (await reserve(served, wish)).answer;
  const { options, replayed } = watched();
  const cancelled = await served.reservations.cancelReservation(
    { reservationId, userId: 'ann', idempotencyKey: wish.idempotencyKey },
    options,
  );

  expect(cancelled.status).toBe(ReservationStatus.CANCELLED);
  expect(replayed()).toBe(false);
});

test('the gateway hands its key on: asked either way, there is one reservation', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const first = await served.gateway.createReservation(wish);
  const second = await reserve(served, wish);
  const { options, replayed } = watched();
  const third = await served.gateway.createReservation(wish, options);

  expect(second.replayed).toBe(true);
  expect(replayed()).toBe(true);
  expect([second.answer.reservationId, third.reservationId]).toEqual([
    first.reservationId,
    first.reservationId,
  ]);
});

test('a refusal is replayed as well, and a new key asks anew', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  await held(served, { userId: 'bob', seatIds: ['A1'] });
  const first = await reserve(served, wish);
  expect(refusalOf(first.answer)?.code).toBe('INVENTORY_CONFLICT');
  served.clock.advance(60_000);

  const second = await reserve(served, wish);
  expect(second.replayed).toBe(true);
  expect(same(second.answer, first.answer)).toBe(true);
  const third = await reserve(served, { ...wish, idempotencyKey: `${wish.idempotencyKey}/another` });
  expect(refusalOf(third.answer)).toBeUndefined();
});

test('a request that was not understood leaves its key unused', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const failure = await failureOf(served.reservations.createReservation({ ...wish, quantity: 3 }));
  expect(failure.code).toBe('INVALID_ARGUMENT');

  const { answer, replayed } = await reserve(served, wish);
  expect(refusalOf(answer)).toBeUndefined();
  expect(replayed).toBe(false);
});

test('an answer is kept for five minutes', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const first = await reserve(served, wish);
  served.clock.advance(TTL_MS - 1);
  expect((await reserve(served, wish)).replayed).toBe(true);
  served.clock.advance(1);

  const later = await reserve(served, wish);
  expect(later.replayed).toBe(false);
  expect(refusalOf(later.answer)).toBeUndefined();
  expect(later.answer.reservationId).not.toBe(first.answer.reservationId);
});

test('SECURITY 13: answers survive a restart, as long as they are kept', async () => {
  const clock = adjustableClock();
  const settings = { memory: false, data: await dataDirectory() };
  const before = await serve({ settings, clock: clock.now });
  await putOnSale(before, saleOf({ now: clock.now() }));
  const wish = wishFor('show');
  const first = await reserve(before, wish);
  const refused = await reserve(before, { ...wish, userId: 'bob' });
  await before.close();
  clock.advance(TTL_MS - 1);

  const after = await serve({ settings, clock: clock.now });
  const second = await reserve(after, wish);
  expect(second.replayed).toBe(true);
  expect(same(second.answer, first.answer)).toBe(true);
  const refusedAgain = await reserve(after, { ...wish, userId: 'bob' });
  expect(refusedAgain.replayed).toBe(true);
  expect(same(refusedAgain.answer, refused.answer)).toBe(true);
  const conflict = await reserve(after, { ...wish, seatIds: ['A2'] });
  expect(refusalOf(conflict.answer)?.code).toBe('IDEMPOTENCY_CONFLICT');
});

test('SECURITY 14: a missing key is warned about; one that is no key is refused', async () => {
  const served = await sale();
  const wish = wishFor(served.eventId);
  const { options, warnings } = watched();
  await served.reservations.createReservation({ ...wish, idempotencyKey: '' }, options);
  expect(warnings()).toContain('idempotency_key is empty');

  for (const idempotencyKey of ['x'.repeat(256), 'with space', 'schlüssel']) {
    const failure = await failureOf(served.reservations.createReservation({ ...wish, idempotencyKey }));
    expect(failure).toMatchObject({ status: 'InvalidArgument', code: 'INVALID_ARGUMENT' });
    expect(failure.details[0]).toMatch(/^idempotency_key /);
  }
});
