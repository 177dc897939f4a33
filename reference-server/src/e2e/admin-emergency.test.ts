import { ConnectError } from '@connectrpc/connect';
import { EmergencyActionType, HealthStatus, SystemHealthStatus } from '@traffic-tacos/contracts/common/v1';
import { PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { auditTable, switchTable } from '../live/index.ts';
import { openStore } from '../open-store.ts';
import { put } from '../store/index.ts';
import { askRest } from './ask.ts';
import { bought, eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { dataDirectory } from './data-directory.ts';
import { startIssuer } from './issuer.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, clientsOf, serve, serveOn } from './serve.ts';

const { STOP_ADMISSIONS, CANCEL_RESERVATIONS, CIRCUIT_BREAKER, MAINTENANCE_MODE, FORCE_FAILOVER } =
  EmergencyActionType;

/** Takes an action, confirmed. @returns what was done. */
async function act(
  { admin }: Pick<Clients, 'admin'>,
  action: EmergencyActionType,
  parameters: Record<string, string> = {},
): Promise<string> {
  const answer = await admin.emergencyAction({ action, parameters, confirm: true, reason: 'a test' });
  expect(refusalOf(answer)).toBeUndefined();
  expect(answer).toMatchObject({ executed: true, actionId: expect.stringMatching(/^emg_[0-9a-f]{32}$/) });
  return answer.result;
}

const join = async ({ queue }: Clients, eventId = 'show') =>
  (await queue.joinQueue({ eventId, idempotencyKey: crypto.randomUUID() })).waitingToken;

test('nothing is done that is not confirmed, not known or not possible', async () => {
  const served = await serve();
  await putOnSale(served, saleOf({}));
  const ask = (request: Parameters<Clients['admin']['emergencyAction']>[0]) =>
    failureOf(served.admin.emergencyAction(request));

  expect(await ask({ action: MAINTENANCE_MODE })).toMatchObject({
    status: 'InvalidArgument',
    message: expect.stringContaining('confirm must be true'),
  });
  expect(await ask({ action: CANCEL_RESERVATIONS, confirm: false })).toMatchObject({
    status: 'InvalidArgument',
  });
  expect(await ask({ confirm: true })).toMatchObject({ status: 'InvalidArgument' });
  expect(await ask({ action: CIRCUIT_BREAKER, confirm: true })).toMatchObject({
    message:
      'parameters["service"] is missing: expected one of gateway, queue, catalog, inventory, reservation, payment, worker, websocket, webhook',
    details: ['parameters["service"] MISSING'],
  });
  expect(
    await ask({
      action: CIRCUIT_BREAKER,
      confirm: true,
      parameters: { service: 'admin', open: 'perhaps', until: 'noon' },
    }),
  ).toMatchObject({
    status: 'InvalidArgument',
    details: [
      'parameters["service"] INVALID_VALUE',
      'parameters["open"] INVALID_VALUE',
      'parameters["until"] UNKNOWN_PARAMETER',
    ],
  });
  expect(
    await ask({ action: STOP_ADMISSIONS, confirm: true, parameters: { event_id: 'nothing' } }),
  ).toMatchObject({ details: ['parameters["event_id"] EVENT_NOT_FOUND'] });
  expect(await ask({ action: FORCE_FAILOVER, confirm: true })).toMatchObject({
    details: ['parameters["dependency"] MISSING'],
  });
  const failover = await served.admin.emergencyAction({
    action: FORCE_FAILOVER,
    confirm: true,
    parameters: { dependency: 'store' },
  });
  expect(refusalOf(failover)).toMatchObject({ code: 'FAILED_PRECONDITION' });
  expect(failover).toMatchObject({ executed: false, actionId: '' });

  expect(
    (await served.reservations.createReservation({ eventId: 'show', userId: 'ann', seatIds: ['A1'] })).error,
  ).toBeUndefined();
  expect((await served.admin.getSystemHealth({})).overallStatus).toBe(SystemHealthStatus.HEALTHY);
});

test('admissions are stopped, also after a restart, until the rate is set again', async () => {
  const settings = { memory: false, data: await dataDirectory(), maxActiveBuyers: 1 };
  const before = await serve({ settings });
  await putOnSale(before, saleOf({}));
  const inside = await join(before);
  const waiting = await join(before);
  expect(await act(before, STOP_ADMISSIONS)).toBe(
    'admissions to all events are stopped; 1 buyer waits and keeps the place; to let buyers in again, set admission_rate of the service queue',
  );
  const [queueHealth] = (await before.admin.getSystemHealth({ services: ['queue'] })).services;
  expect(queueHealth).toMatchObject({ status: HealthStatus.DEGRADED });
  // Whoever is in goes on.
  const admitted = await before.queue.requestAdmission({ waitingToken: inside, userId: 'ann' });
  expect(admitted.error).toBeUndefined();
  await before.close();

  const after = await serve({ settings: { ...settings, maxActiveBuyers: 10 } });
  const isReady = async () =>
    (await after.queue.requestAdmission({ waitingToken: waiting, userId: 'bob' })).error === undefined;
  expect(await isReady()).toBe(false);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await isReady()).toBe(false);
  const status = await after.queue.getQueueStatus({ waitingToken: waiting });
  expect(status).toMatchObject({ position: 1, etaSeconds: -1 });

  const rate = { service: 'queue', configKey: 'admission_rate', configValue: '6000' };
  await after.admin.updateConfig({ ...rate, applyImmediately: false });
  expect(await isReady()).toBe(false);
  await after.admin.updateConfig({ ...rate, applyImmediately: true });
  await expect.poll(isReady).toBe(true);
});

test('whoever takes an action twice, or undoes what was not done, is told so', async () => {
  const served = await serve();
  const closed = { service: 'payment', open: 'false' };
  expect(await act(served, CIRCUIT_BREAKER, closed)).toBe(
    'the circuit breaker to payment was not open: nothing has changed',
  );
  expect(await act(served, MAINTENANCE_MODE, { enabled: 'false' })).toBe(
    'there was no maintenance: nothing has changed',
  );
  expect(await act(served, MAINTENANCE_MODE)).toMatch(
    /^maintenance has begun: nobody is let in, and only admins/,
  );
  expect(await act(served, MAINTENANCE_MODE)).toMatch(
    /^maintenance goes on: nobody is let in, and only admins/,
  );
  await act(served, STOP_ADMISSIONS);
  expect(await act(served, MAINTENANCE_MODE, { enabled: 'false' })).toBe(
    'maintenance is over; admissions are still stopped; to let buyers in again, set admission_rate of the service queue',
  );
});

test('admissions of one event are stopped, and those of others go on', async () => {
  const served = await serve();
  await putOnSale(served, saleOf({}));
  await putOnSale(served, saleOf({ event: { id: 'other' } }));
  await act(served, STOP_ADMISSIONS, { event_id: 'show' });
  const [here, there] = [await join(served), await join(served, 'other')];

  expect((await served.queue.requestAdmission({ waitingToken: there, userId: 'ann' })).error).toBeUndefined();
  expect(refusalOf(await served.queue.requestAdmission({ waitingToken: here, userId: 'ann' }))).toBeDefined();
});

test('every hold that is not paid is cancelled, and its seats are on sale again', async () => {
  const served = await serve();
  await putOnSale(served, saleOf({}));
  await putOnSale(served, saleOf({ event: { id: 'other' } }));
  const sold = await bought(served, { userId: 'ann', seatIds: ['A1'] });
  const hold = await held(served, { userId: 'bob', seatIds: ['A2', 'A3'] });
  const nobody = await held(served, { seatIds: ['A4'] });
  const elsewhere = await held({ ...served, eventId: 'other' }, { userId: 'bob', seatIds: ['A2'] });

  expect(await act(served, CANCEL_RESERVATIONS, { event_id: 'show' })).toBe('2 holds cancelled');
  expect(await seatsByStatus(served)).toMatchObject({ RESERVED: [], SOLD: ['A1'] });
  const stateOf = async (reservationId: string) =>
    (await served.reservations.getReservation({ reservationId })).reservation?.status;
  expect(await stateOf(hold)).toBe(ReservationStatus.CANCELLED);
  expect(await stateOf(nobody)).toBe(ReservationStatus.CANCELLED);
  expect(await stateOf(sold.reservationId)).toBe(ReservationStatus.CONFIRMED);
  expect(await stateOf(elsewhere)).toBe(ReservationStatus.HOLD);
  expect(await act(served, CANCEL_RESERVATIONS)).toBe('1 hold cancelled');
  expect(await act(served, CANCEL_RESERVATIONS)).toBe('0 holds cancelled');
});

test('a hold that is paid and not confirmed yet is left to its buyer', async () => {
  const store = await openStore({ memory: true, data: '' }, Date.now);
  // Without a worker nobody confirms it but the buyer.
  const served = await serveOn({ store, clock: Date.now, worker: false });
  await putOnSale(served, saleOf({}));
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  expect((await served.payments.processPayment({ paymentIntentId })).status).toBe(PaymentStatus.COMPLETED);

  expect(await act(served, CANCEL_RESERVATIONS)).toBe('0 holds cancelled, 1 left alone because paid');
  const confirmed = await served.reservations.confirmReservation({
    reservationId,
    paymentIntentId,
    userId: 'ann',
  });
  expect(confirmed.status).toBe(ReservationStatus.CONFIRMED);
});

test('a cancellation that the end of the process has cut off is finished after the next start', async () => {
  const clock = { now: Date.now() };
  const store = await openStore({ memory: true, data: '' }, () => clock.now);
  const before = await serveOn({ store, clock: () => clock.now, worker: false });
  await putOnSale(before, saleOf({ now: clock.now }));
  const hold = await held(before, { userId: 'ann', seatIds: ['A1'] });
  clock.now += 1_000;
  const later = await held(before, { userId: 'ann', seatIds: ['A2'] });
  await before.close();
  const name = 'cancelling/emg_1/show';
  const switched = { name, actionId: 'emg_1', since: clock.now - 500, by: 'admin:ops' };
  await store.transact([put(switchTable, name, switched)]);

  const after = await serveOn({ store, clock: () => clock.now, worker: true });
  await eventually(async () => expect(await seatsByStatus(after)).toMatchObject({ RESERVED: ['A2'] }));
  const stateOf = async (reservationId: string) =>
    (await after.reservations.getReservation({ reservationId })).reservation?.status;
  expect(await stateOf(hold)).toBe(ReservationStatus.CANCELLED);
  expect(await stateOf(later)).toBe(ReservationStatus.HOLD);
  await eventually(async () => expect(await store.get(switchTable, name)).toBeUndefined());
});

test('an open breaker stops the calls to its service, from wherever they come, also after a restart', async () => {
  const settings = { memory: false, data: await dataDirectory() };
  const before = await serve({ settings });
  await putOnSale(before, saleOf({}));
  expect(await act(before, CIRCUIT_BREAKER, { service: 'inventory' })).toBe(
    'the circuit breaker to inventory is open: calls to it fail at once, until this action is taken with open = false',
  );
  const check = ({ inventory }: Clients) => inventory.checkAvailability({ eventId: 'show', quantity: 1 });
  const reserve = ({ reservations }: Clients) =>
    reservations.createReservation({ eventId: 'show', userId: 'ann', seatIds: ['A1'] });

  expect(await failureOf(check(before))).toMatchObject({
    status: 'Unavailable',
    code: 'UNAVAILABLE',
    details: [' BREAKER_OPEN'],
  });
  expect((await failureOf(reserve(before))).status).toBe('Unavailable');
  expect((await before.payments.listPayments({ userId: 'ann' })).payments).toEqual([]);
  await before.close();

  const after = await serve({ settings });
  expect((await failureOf(check(after))).status).toBe('Unavailable');
  const health = await after.admin.getSystemHealth({});
  expect(health.overallStatus).toBe(SystemHealthStatus.CRITICAL);
  expect(health.services.filter(({ status }) => status === HealthStatus.UNHEALTHY)).toMatchObject([
    { serviceName: 'inventory', issues: [expect.stringContaining('circuit breaker was opened')] },
  ]);
  expect(await act(after, CIRCUIT_BREAKER, { service: 'inventory', open: 'false' })).toBe(
    'the circuit breaker to inventory is closed: calls to it are made again',
  );
  expect(refusalOf(await reserve(after))).toBeUndefined();
  expect(await (await fetch(`${after.url}/metrics`)).text()).toMatch(
    /grpc_calls_refused_total\{.*reason="breaker_open"\} [1-9]/,
  );
});

test('during maintenance nobody but admins begins anything; what has begun is finished, and reading goes on', async () => {
  const issuer = await startIssuer(onTestFinished);
  const store = await openStore({ memory: true, data: '' }, Date.now);
  const options = {
    store,
    clock: Date.now,
    worker: true,
    settings: { ...issuer.settings, profile: 'strict', rateLimits: 'off' },
  } as const;
  const { url, close } = await serveOn(options);
  const adminToken = await issuer.token({ sub: 'operator', roles: ['admin'] });
  const annToken = await issuer.token({ sub: 'ann' });
  const key = () => ({ idempotencyKey: crypto.randomUUID() });
  const admin = clientsOf(url, undefined, adminToken);
  const ann = clientsOf(url, undefined, annToken);
  await admin.catalog.createEvent({ event: saleOf({}), ...key() });
  const eventId = 'show';
  const enter = async (clients: Clients) => {
    const { waitingToken } = await clients.queue.joinQueue({ eventId, ...key() });
    return (await clients.queue.requestAdmission({ waitingToken, ...key() })).reservationToken;
  };
  const created = await ann.reservations.createReservation({
    eventId,
    seatIds: ['A1'],
    reservationToken: await enter(ann),
    ...key(),
  });
  expect(created.error).toBeUndefined();
  const { reservationId } = created;
  const waiting = await clientsOf(url).queue.joinQueue({ eventId, ...key() });

  const began = await admin.admin.emergencyAction({ action: MAINTENANCE_MODE, confirm: true, ...key() });
  expect(began.error).toBeUndefined();
  for (const call of [
    () => ann.queue.joinQueue({ eventId, ...key() }),
    () => ann.reservations.createReservation({ eventId, seatIds: ['A2'], reservationToken: 'x', ...key() }),
    () => ann.gateway.createReservation({ eventId, seatIds: ['A2'], reservationToken: 'x', ...key() }),
    () => clientsOf(url).queue.joinQueue({ eventId, ...key() }),
  ]) {
    const error = await call().then(
      () => undefined,
      (reason: unknown) => ConnectError.from(reason),
    );
    expect(error?.metadata.get('retry-after')).toBe('30');
    expect(await failureOf(call())).toMatchObject({ status: 'Unavailable', details: [' MAINTENANCE'] });
  }
  const rest = await askRest(url, 'POST', '/api/v1/queue/join', {
    body: { eventId },
    key: crypto.randomUUID(),
    token: annToken,
  });
  expect(rest).toMatchObject({ status: 503, body: { error: { code: 'UNAVAILABLE' } } });
  expect(rest.headers.get('retry-after')).toBe('30');

  expect((await ann.catalog.listEvents({})).events).toHaveLength(1);
  expect((await ann.gateway.getReservation({ reservationId })).error).toBeUndefined();
  expect((await ann.queue.getQueueStatus({ waitingToken: waiting.waitingToken })).error).toBeUndefined();
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const { paymentIntentId } = await ann.gateway.createPaymentIntent({ reservationId, ...key() });
  expect((await ann.gateway.processPayment({ paymentIntentId, ...key() })).status).toBe(
    PaymentStatus.COMPLETED,
  );
  const confirmed = await ann.gateway.confirmReservation({ reservationId, paymentIntentId, ...key() });
  expect(confirmed.error).toBeUndefined();
  expect((await admin.queue.joinQueue({ eventId, ...key() })).error).toBeUndefined();
  await close();

  const again = await serveOn(options);
  const later = clientsOf(again.url, undefined, annToken);
  const operator = clientsOf(again.url, undefined, adminToken);
  expect((await failureOf(later.queue.joinQueue({ eventId, ...key() }))).status).toBe('Unavailable');
  expect((await operator.admin.getSystemHealth({})).overallStatus).toBe(SystemHealthStatus.CRITICAL);
  const over = await operator.admin.emergencyAction({
    action: MAINTENANCE_MODE,
    parameters: { enabled: 'false' },
    confirm: true,
    ...key(),
  });
  expect(over.result).toBe('maintenance is over');
  expect((await later.queue.joinQueue({ eventId, ...key() })).error).toBeUndefined();

  const done: string[] = [];
  for await (const { value } of store.scan(auditTable)) {
    done.push(`${value.kind} ${value.subject} ${value.after} by ${value.by}`);
  }
  expect(done).toEqual([
    'emergency maintenance on by admin:operator',
    'emergency maintenance off by admin:operator',
  ]);
}, 30_000);
