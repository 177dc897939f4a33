import { fileURLToPath } from 'node:url';
import { Client, credentials, type MethodDefinition, type ServiceDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect, onTestFinished, test } from 'vitest';
import { askRest, type RestAnswer } from './ask.ts';
import { eventually } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { startIssuer } from './issuer.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf, serve } from './serve.ts';

/** The fields that a buyer's program hands on from one answer to the next. */
interface Ids {
  readonly waitingToken: string;
  readonly reservationToken: string;
  readonly reservationId: string;
  readonly paymentIntentId: string;
}

const idsIn = ({ body }: RestAnswer): Ids => body as Ids;

/** A server with a sale, and a program that asks it by REST, in the strict profile as the buyer. */
async function sale(profile: 'dev' | 'strict' = 'dev') {
  const issuer = profile === 'strict' ? await startIssuer(onTestFinished) : undefined;
  const served = await serve({ settings: { profile, ...issuer?.settings } });
  const organiser = await issuer?.token({ sub: 'organiser', roles: ['admin'] });
  await putOnSale(clientsOf(served.url, onTestFinished, organiser), saleOf({}));
  const token = await issuer?.token({ sub: userId });
  const ask = (...[method, path, request]: AskArguments) =>
    askRest(served.url, method, path, { ...request, ...(token !== undefined && { token }) });
  return { served, ask };
}

type AskArguments = Parameters<typeof askRest> extends [string, ...infer Rest] ? Rest : never;

/** What a load balancer asks over gRPC, on the same port. */
function healthOf(url: string): (service: string) => Promise<string> {
  const { Check: check } = loadSync('health/v1/health.proto', {
    includeDirs: [fileURLToPath(new URL('../../proto', import.meta.resolve('grpc-health-check')))],
    enums: String,
  })['grpc.health.v1.Health'] as ServiceDefinition;
  const client = new Client(new URL(url).host, credentials.createInsecure());
  onTestFinished(() => client.close());
  return (service) =>
    new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = check as MethodDefinition<
        object,
        { readonly status: string }
      >;
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, (error, answer) =>
        error === null ? resolve(answer?.status ?? '') : reject(error),
      );
    });
}

const userId = 'user_456';
const key = () => crypto.randomUUID();
const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);

test.each(['dev', 'strict'] as const)(
  'two tickets are booked by REST with the %s profile, from the line to the order',
  async (profile) => {
    const { ask } = await sale(profile);

    const joined = await ask('POST', '/api/v1/queue/join', { body: { eventId: 'show', userId }, key: key() });
    expect(joined).toMatchObject({ status: 201, body: { position: expect.any(Number) } });
    const { waitingToken } = idsIn(joined);

    const place = await ask('GET', `/api/v1/queue/status?${new URLSearchParams({ waitingToken })}`);
    expect(place).toMatchObject({ status: 200, body: { status: 'READY' } });

    const entered = await ask('POST', '/api/v1/queue/enter', { body: { waitingToken, userId }, key: key() });
    expect(entered).toMatchObject({ status: 200, body: { admission: 'GRANTED', validUntil: timestamp } });
    const { reservationToken } = idsIn(entered);

    const wanted = { eventId: 'show', seatIds: ['A1', 'A2'], quantity: 2, userId, reservationToken };
    const reserveKey = key();
    const reserved = await ask('POST', '/api/v1/reservations', { body: wanted, key: reserveKey });
    expect(reserved).toMatchObject({
      status: 201,
      body: {
        status: 'HOLD',
        holdExpiresAt: timestamp,
        totalAmount: { amount: '100000', currency: 'KRW' },
        reservedSeats: [
          { id: 'A1', status: 'RESERVED' },
          { id: 'A2', status: 'RESERVED' },
        ],
      },
    });
    const { reservationId } = idsIn(reserved);
    const again = await ask('POST', '/api/v1/reservations', { body: wanted, key: reserveKey });
    expect(again.body).toEqual(reserved.body);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(reserved.headers.has('idempotent-replayed')).toBe(false);

    const intent = await ask('POST', '/api/v1/payments/intent', {
      body: { reservationId, userId, amount: { amount: 100000, currency: 'KRW' }, scenario: 'APPROVE' },
      key: key(),
    });
    expect(intent).toMatchObject({ status: 201, body: { status: 'PENDING' } });
    const { paymentIntentId } = idsIn(intent);

    const paid = await ask('POST', '/api/v1/payments/process', { body: { paymentIntentId }, key: key() });
    expect(paid).toMatchObject({ status: 200, body: { status: 'COMPLETED' } });
    const paymentPath = `/api/v1/payments/${paymentIntentId}/status`;
    expect(await ask('GET', paymentPath)).toMatchObject({
      status: 200,
      body: { payment: { status: 'COMPLETED', reservationId, userId } },
    });

    const confirmed = await ask('POST', `/api/v1/reservations/${reservationId}/confirm`, {
      body: { paymentIntentId, userId },
      key: key(),
    });
    expect(confirmed).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    const { orderId } = confirmed.body as { orderId: string };
    expect(await ask('GET', `/api/v1/reservations/${reservationId}?userId=${userId}`)).toMatchObject({
      status: 200,
      body: { reservation: { status: 'CONFIRMED', orderId, seatIds: ['A1', 'A2'] } },
    });
    expect(await ask('GET', '/api/v1/events/show/seats?status=SOLD')).toMatchObject({
      status: 200,
      body: { seats: [{ id: 'A1' }, { id: 'A2' }] },
    });
    expect(await ask('GET', '/api/v1/events/show/availability')).toMatchObject({
      status: 200,
      body: { totalAvailable: 18 },
    });
    expect(await ask('GET', '/api/v1/events/show')).toMatchObject({ body: { event: { id: 'show' } } });
    expect(await ask('GET', '/api/v1/events')).toMatchObject({
      body: { events: [{ event: { id: 'show' }, status: 'ON_SALE' }] },
    });
  },
);

test('a hold is given up, and a place in line, by either of their routes', async () => {
  const { ask } = await sale();
  const hold = async (seatId: string, path = '/api/v1/reservations') =>
    idsIn(await ask('POST', path, { body: { eventId: 'show', seatIds: [seatId], userId }, key: key() }));

  const first = await hold('A1');
  expect(
    await ask('DELETE', `/api/v1/reservations/${first.reservationId}?userId=${userId}`, { key: key() }),
  ).toMatchObject({ status: 200, body: { status: 'CANCELLED', releasedSeats: [{ id: 'A1' }] } });
  const second = await hold('A1');
  expect(
    await ask('POST', `/api/v1/reservations/${second.reservationId}/cancel`, {
      body: { userId },
      key: key(),
    }),
  ).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  const third = await hold('A1', '/v1/reservations');
  expect(await ask('GET', `/v1/reservations/${third.reservationId}?userId=${userId}`)).toMatchObject({
    body: { reservation: { status: 'HOLD' } },
  });
  const body = { reservationId: third.reservationId, userId };
  expect(await ask('POST', '/v1/reservations/cancel', { body, key: key() })).toMatchObject({
    status: 200,
    body: { status: 'CANCELLED' },
  });

  const joined = await ask('POST', '/api/v1/queue/join', { body: { eventId: 'show' }, key: key() });
  const query = new URLSearchParams({ waitingToken: idsIn(joined).waitingToken });
  expect(await ask('DELETE', `/api/v1/queue/leave?${query}`, { key: key() })).toMatchObject({
    status: 200,
    body: { success: true },
  });
});

test('whatever is refused has the one form of errors', async () => {
  const { ask } = await sale();
  const errorOf = (code: string, path: string) => ({
    error: {
      code,
      message: expect.stringMatching(/./),
      timestamp,
      path,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      details: expect.any(Array),
    },
  });
  const reservations = '/api/v1/reservations';
  const seats = { eventId: 'show', seatIds: ['A1'], userId };
  const reserveKey = key();
  await ask('POST', reservations, { body: seats, key: reserveKey });

  const missing = await ask('GET', `${reservations}/rsv_none`);
  expect(missing).toMatchObject({ status: 404 });
  expect(missing.body).toEqual(errorOf('RESERVATION_NOT_FOUND', `${reservations}/rsv_none`));
  expect(missing.headers.get('x-trace-id')).toBe(
    (missing.body as { error: { traceId: string } }).error.traceId,
  );

  const taken = await ask('POST', reservations, { body: { ...seats, userId: 'another' }, key: key() });
  expect(taken.body).toEqual(errorOf('SEAT_UNAVAILABLE', reservations));
  expect(taken.status).toBe(409);

  const conflict = await ask('POST', reservations, { body: { ...seats, seatIds: ['A2'] }, key: reserveKey });
  expect(conflict.body).toEqual(errorOf('IDEMPOTENCY_CONFLICT', reservations));
  expect(conflict.status).toBe(409);

  const invalid = await ask('POST', reservations, { body: { eventId: 'no/such', seatIds: ['A1'] } });
  expect(invalid).toMatchObject({
    status: 400,
    body: {
      error: {
        code: 'INVALID_ARGUMENT',
        message: 'eventId: expected 1 to 128 of the characters A-Z a-z 0-9 _ . : -; found "no/such"',
        details: [{ field: 'event_id' }],
      },
    },
  });
  const empty = await ask('POST', '/api/v1/queue/join', { body: {} });
  expect(empty.body).toMatchObject({
    error: { message: 'eventId is missing: expected 1 to 128 of the characters A-Z a-z 0-9 _ . : -' },
  });
  const misspelt = await ask('POST', reservations, { body: { ...seats, seatId: 'A1' } });
  expect(misspelt.body).toEqual(errorOf('INVALID_ARGUMENT', reservations));
  expect(misspelt.status).toBe(400);

  expect((await ask('GET', '/api/v1/nothing')).body).toEqual(errorOf('NOT_FOUND', '/api/v1/nothing'));
  const other = await ask('DELETE', '/api/v1/events');
  expect(other.status).toBe(405);
  expect(other.headers.get('allow')).toContain('GET');
});

test('how it is doing is told to those who watch it', async () => {
  const { served, ask } = await sale();
  const text = async (path: string) => {
    const response = await fetch(served.url + path);
    return { status: response.status, text: await response.text() };
  };
  const counted = async (status: string) => {
    const match = new RegExp(`^reservation_status_total\\{status="${status}"\\} (\\d+)$`, 'm').exec(
      (await text('/metrics')).text,
    );
    return Number(match?.[1]);
  };
  expect(await text('/healthz')).toMatchObject({ status: 200 });
  expect(await text('/readyz')).toMatchObject({ status: 200 });
  const health = healthOf(served.url);
  expect(await health('')).toBe('SERVING');
  expect(await health('reservation.v1.ReservationService')).toBe('SERVING');
  await expect(health('reservation.v1.Nothing')).rejects.toMatchObject({ code: status.NOT_FOUND });
  expect(await counted('HOLD')).toBe(0);

  const wanted = { eventId: 'show', seatIds: ['A1'], userId };
  const reserveKey = key();
  const { reservationId } = idsIn(
    await ask('POST', '/api/v1/reservations', { body: wanted, key: reserveKey }),
  );
  await ask('POST', '/api/v1/reservations', { body: wanted, key: reserveKey });
  expect(await counted('HOLD')).toBe(1);
  await ask('DELETE', `/api/v1/reservations/${reservationId}?userId=${userId}`);
  expect(await counted('CANCELLED')).toBe(1);
  const shown = (await text('/metrics')).text;
  expect(shown).toContain(
    'http_server_requests_total{method="POST",route="/api/v1/reservations",status_code="201"} 2',
  );
  expect(shown).toMatch(
    /^grpc_call_duration_seconds_count\{service="gateway.v1.GatewayService",method="CreateReservation"\} 2$/m,
  );
  // The gateway asks the reservations, each call for itself.
  expect(shown).toMatch(
    /^grpc_call_duration_seconds_count\{service="reservation.v1.ReservationService",method="CancelReservation"\} 1$/m,
  );
});

test('reservations that are paid and those that lapse are counted', async () => {
  const clock = adjustableClock();
  const served = await serve({ clock: clock.now });
  await putOnSale(served, saleOf({ now: clock.now() }));
  const hold = async (seatId: string) => {
    const body = { eventId: 'show', seatIds: [seatId], userId };
    return idsIn(await askRest(served.url, 'POST', '/api/v1/reservations', { body, key: key() }));
  };
  const { reservationId } = await hold('A1');
  await hold('A2');
  const { paymentIntentId } = idsIn(
    await askRest(served.url, 'POST', '/api/v1/payments/intent', { body: { reservationId, userId } }),
  );
  await askRest(served.url, 'POST', '/api/v1/payments/process', { body: { paymentIntentId } });
  const metrics = async () => (await fetch(`${served.url}/metrics`)).text();
  await eventually(async () =>
    expect(await metrics()).toContain('reservation_status_total{status="CONFIRMED"} 1\n'),
  );
  clock.advance(61_000);
  await eventually(async () =>
    expect(await metrics()).toContain('reservation_status_total{status="EXPIRED"} 1\n'),
  );
  expect(await metrics()).toContain('reservation_status_total{status="HOLD"} 2\n');
});
