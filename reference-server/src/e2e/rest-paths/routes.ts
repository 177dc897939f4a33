import { expect } from 'vitest';
import { quietEvent } from '../every-rpc/steps.ts';
import type { World } from '../every-rpc/world.ts';
import { type Buyer, buyerAt, entered, held, intended, joined, key, paid } from './buyer.ts';

/** A request of a buyer. */
export interface RestCall {
  readonly by: Buyer;
  readonly path: string;
  readonly body?: object;
}

/** What one route does, and how it refuses. */
export interface RouteCase {
  good(world: World): Promise<RestCall & { readonly answer: object }>;
  bad(
    world: World,
  ): Promise<
    RestCall & { readonly code: string; readonly status: number; readonly details: readonly string[] }
  >;
}

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const text = expect.stringMatching(/./);
const won = { amount: '50000', currency: 'KRW' };

const someone = async ({ url, buyer }: World): Promise<Buyer> => {
  const { id, token } = await buyer();
  return buyerAt(url, id, token);
};

const unknownEvent = { code: 'NOT_FOUND', status: 404, details: ['event_id EVENT_NOT_FOUND'] };
const unknownToken = { code: 'NOT_FOUND', status: 404, details: ['waiting_token WAITING_TOKEN_UNKNOWN'] };
const unknownReservation = {
  code: 'RESERVATION_NOT_FOUND',
  status: 404,
  details: ['reservation_id RESERVATION_NOT_FOUND'],
};
const unknownPayment = { code: 'NOT_FOUND', status: 404, details: ['payment_intent_id PAYMENT_NOT_FOUND'] };

const create = (path: string): RouteCase => ({
  good: async (world) => {
    const by = await someone(world);
    const { eventId } = world;
    const seatIds = [world.freeSeat(), world.freeSeat()];
    const body = { eventId, seatIds, quantity: 2, reservationToken: await entered(by, eventId) };
    return {
      by,
      path,
      body,
      answer: {
        reservationId: text,
        status: 'HOLD',
        holdExpiresAt: time,
        reservedSeats: seatIds.map((id) => ({ id, status: 'RESERVED', price: won })),
        totalAmount: { amount: '100000', currency: 'KRW' },
      },
    };
  },
  bad: async (world) => {
    const { eventId } = world;
    const seatIds = [world.freeSeat()];
    await held(await someone(world), eventId, seatIds);
    const by = await someone(world);
    const body = { eventId, seatIds, reservationToken: await entered(by, eventId) };
    return { by, path, body, code: 'SEAT_UNAVAILABLE', status: 409, details: ['seat_ids SEAT_UNAVAILABLE'] };
  },
});

const read = (pathOf: (id: string) => string): RouteCase => ({
  good: async (world) => {
    const by = await someone(world);
    const seatIds = [world.freeSeat()];
    const reservationId = await held(by, world.eventId, seatIds);
    return {
      by,
      path: pathOf(reservationId),
      answer: {
        reservation: { reservationId, userId: by.id, status: 'HOLD', seatIds, quantity: 1, createdAt: time },
      },
    };
  },
  bad: async (world) => ({ by: await someone(world), path: pathOf('rsv_none'), ...unknownReservation }),
});

/** @param bodyOf What the body has beside the payment intent. */
const confirm = (pathOf: (id: string) => string, bodyOf: (id: string) => object): RouteCase => ({
  good: async (world) => {
    const by = await someone(world);
    const seatId = world.freeSeat();
    const { reservationId, paymentIntentId } = await paid(by, world.eventId, [seatId]);
    return {
      by,
      path: pathOf(reservationId),
      body: { paymentIntentId, ...bodyOf(reservationId) },
      answer: {
        orderId: text,
        status: 'CONFIRMED',
        confirmedAt: time,
        confirmedSeats: [{ id: seatId, status: 'SOLD' }],
      },
    };
  },
  bad: async (world) => {
    const by = await someone(world);
    const reservationId = await held(by, world.eventId, [world.freeSeat()]);
    const paymentIntentId = await intended(by, reservationId);
    return {
      by,
      path: pathOf(reservationId),
      body: { paymentIntentId, ...bodyOf(reservationId) },
      code: 'PAYMENT_NOT_APPROVED',
      status: 402,
      details: ['payment_intent_id PAYMENT_PENDING'],
    };
  },
});

const cancel = (pathOf: (id: string) => string, bodyOf?: (id: string) => object): RouteCase => ({
  good: async (world) => {
    const by = await someone(world);
    const seatId = world.freeSeat();
    const reservationId = await held(by, world.eventId, [seatId]);
    return {
      by,
      path: pathOf(reservationId),
      ...(bodyOf && { body: bodyOf(reservationId) }),
      answer: {
        status: 'CANCELLED',
        cancelledAt: time,
        releasedSeats: [{ id: seatId, status: 'AVAILABLE' }],
      },
    };
  },
  bad: async (world) => {
    const by = await someone(world);
    const { reservationId, paymentIntentId } = await paid(by, world.eventId, [world.freeSeat()]);
    const path = `/api/v1/reservations/${reservationId}/confirm`;
    await by.done('POST', path, { body: { paymentIntentId }, key: key() });
    return {
      by,
      path: pathOf(reservationId),
      ...(bodyOf && { body: bodyOf(reservationId) }),
      code: 'RESERVATION_ALREADY_CONFIRMED',
      status: 409,
      details: ['reservation_id RESERVATION_ALREADY_CONFIRMED'],
    };
  },
});

const api = '/api/v1';

/** The cases of every route, by the route as the contracts write it. */
export const routes: Readonly<Record<string, RouteCase>> = {
  'POST /api/v1/queue/join': {
    good: async (world) => ({
      by: await someone(world),
      path: `${api}/queue/join`,
      body: { eventId: world.eventId },
      answer: {
        waitingToken: text,
        position: 1,
        status: 'READY',
        expiresAt: time,
        nextPollMs: expect.any(Number),
      },
    }),
    bad: async (world) => ({
      by: await someone(world),
      path: `${api}/queue/join`,
      body: { eventId: 'nowhere' },
      ...unknownEvent,
    }),
  },
  'GET /api/v1/queue/status': {
    good: async (world) => {
      const by = await someone(world);
      const query = new URLSearchParams({ waitingToken: await joined(by, world.eventId) });
      return { by, path: `${api}/queue/status?${query}`, answer: { status: 'READY', admissionReady: true } };
    },
    bad: async (world) => ({
      by: await someone(world),
      path: `${api}/queue/status?waitingToken=unknown`,
      ...unknownToken,
    }),
  },
  'POST /api/v1/queue/enter': {
    good: async (world) => {
      const by = await someone(world);
      const body = { waitingToken: await joined(by, world.eventId) };
      // Whole seconds of the 30 that are left.
      const ttlSeconds = expect.toBeOneOf([28, 29, 30]);
      const answer = { admission: 'GRANTED', reservationToken: text, validUntil: time, ttlSeconds };
      return { by, path: `${api}/queue/enter`, body, answer };
    },
    bad: async (world) => ({
      by: await someone(world),
      path: `${api}/queue/enter`,
      body: { waitingToken: 'unknown' },
      ...unknownToken,
    }),
  },
  'DELETE /api/v1/queue/leave': {
    good: async (world) => {
      const by = await someone(world);
      const query = new URLSearchParams({ waitingToken: await joined(by, world.eventId) });
      return { by, path: `${api}/queue/leave?${query}`, answer: { success: true, leftAt: time } };
    },
    bad: async (world) => ({
      by: await someone(world),
      path: `${api}/queue/leave?waitingToken=unknown`,
      ...unknownToken,
    }),
  },
  'GET /api/v1/events': {
    good: async (world) => ({
      by: await someone(world),
      path: `${api}/events?statuses=ON_SALE&pagination.pageSize=100`,
      answer: {
        events: expect.arrayContaining([
          expect.objectContaining({
            event: expect.objectContaining({ id: world.eventId }),
            status: 'ON_SALE',
          }),
        ]),
        pageInfo: { hasNextPage: false },
      },
    }),
    bad: async (world) => ({
      by: await someone(world),
      path: `${api}/events?pagination.pageSize=101`,
      code: 'INVALID_ARGUMENT',
      status: 400,
      details: ['pagination.page_size INT32_GTE_LTE'],
    }),
  },
  'GET /api/v1/events/{event_id}': {
    good: async (world) => ({
      by: await someone(world),
      path: `${api}/events/${world.eventId}`,
      answer: { event: { id: world.eventId, status: 'ON_SALE', totalSeats: 500, startTime: time } },
    }),
    bad: async (world) => ({ by: await someone(world), path: `${api}/events/nowhere`, ...unknownEvent }),
  },
  'GET /api/v1/events/{event_id}/availability': {
    good: async (world) => ({
      by: await someone(world),
      path: `${api}/events/${await quietEvent(world)}/availability?quantity=2`,
      answer: { totalAvailable: 2, sections: [{ sectionId: 'floor', availableSeats: 2, minPrice: won }] },
    }),
    bad: async (world) => ({
      by: await someone(world),
      path: `${api}/events/${world.eventId}/availability?section=balcony`,
      code: 'NOT_FOUND',
      status: 404,
      details: ['section SECTION_NOT_FOUND'],
    }),
  },
  'GET /api/v1/events/{event_id}/seats': {
    good: async (world) => ({
      by: await someone(world),
      path: `${api}/events/${await quietEvent(world)}/seats?status=AVAILABLE&pagination.pageSize=1`,
      answer: {
        seats: [{ id: 'A1', section: 'floor', row: 'A', number: '1', status: 'AVAILABLE', price: won }],
        pageInfo: { hasNextPage: true, nextCursor: text },
      },
    }),
    bad: async (world) => ({
      by: await someone(world),
      path: `${api}/events/${world.eventId}/seats?status=LOST`,
      code: 'INVALID_ARGUMENT',
      status: 400,
      details: ['status INVALID_VALUE'],
    }),
  },
  'POST /api/v1/reservations': create(`${api}/reservations`),
  'GET /api/v1/reservations/{reservation_id}': read((id) => `${api}/reservations/${id}`),
  'POST /api/v1/reservations/{reservation_id}/confirm': confirm(
    (id) => `${api}/reservations/${id}/confirm`,
    () => ({}),
  ),
  'DELETE /api/v1/reservations/{reservation_id}': cancel((id) => `${api}/reservations/${id}?reason=rain`),
  'POST /api/v1/reservations/{reservation_id}/cancel': cancel(
    (id) => `${api}/reservations/${id}/cancel`,
    () => ({ reason: 'rain' }),
  ),
  'POST /v1/reservations': create('/v1/reservations'),
  'GET /v1/reservations/{reservation_id}': read((id) => `/v1/reservations/${id}`),
  'POST /v1/reservations/confirm': confirm(
    () => '/v1/reservations/confirm',
    (reservationId) => ({ reservationId }),
  ),
  'POST /v1/reservations/cancel': cancel(
    () => '/v1/reservations/cancel',
    (reservationId) => ({ reservationId }),
  ),
  'POST /api/v1/payments/intent': {
    good: async (world) => {
      const by = await someone(world);
      const reservationId = await held(by, world.eventId, [world.freeSeat()]);
      return {
        by,
        path: `${api}/payments/intent`,
        body: { reservationId, amount: { amount: 50000, currency: 'KRW' }, method: 'CREDIT_CARD' },
        answer: { paymentIntentId: text, status: 'PENDING', clientSecret: text, expiresAt: time },
      };
    },
    bad: async (world) => ({
      by: await someone(world),
      path: `${api}/payments/intent`,
      body: { reservationId: 'rsv_none' },
      ...unknownReservation,
    }),
  },
  'POST /api/v1/payments/process': {
    good: async (world) => {
      const by = await someone(world);
      const reservationId = await held(by, world.eventId, [world.freeSeat()]);
      const paymentIntentId = await intended(by, reservationId);
      return {
        by,
        path: `${api}/payments/process`,
        body: { paymentIntentId },
        answer: { status: 'COMPLETED', paymentId: text, transactionId: text, result: { success: true } },
      };
    },
    bad: async (world) => {
      const by = await someone(world);
      const reservationId = await held(by, world.eventId, [world.freeSeat()]);
      const paymentIntentId = await intended(by, reservationId, 'FAIL');
      return {
        by,
        path: `${api}/payments/process`,
        body: { paymentIntentId },
        code: 'PAYMENT_NOT_APPROVED',
        status: 402,
        details: ['payment_intent_id PAYMENT_DECLINED'],
      };
    },
  },
  'GET /api/v1/payments/{payment_intent_id}/status': {
    good: async (world) => {
      const by = await someone(world);
      const { reservationId, paymentIntentId } = await paid(by, world.eventId, [world.freeSeat()]);
      return {
        by,
        path: `${api}/payments/${paymentIntentId}/status`,
        answer: {
          payment: { paymentIntentId, reservationId, userId: by.id, status: 'COMPLETED', amount: won },
        },
      };
    },
    bad: async (world) => ({
      by: await someone(world),
      path: `${api}/payments/pi_none/status`,
      ...unknownPayment,
    }),
  },
};
