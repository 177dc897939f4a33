import { OperationStatus, OperationType } from '@traffic-tacos/contracts/common/v1';
import { expect, test } from 'vitest';
import { settingsOf } from '../config/index.ts';
import { auditTable } from '../live/index.ts';
import { openStore } from '../open-store.ts';
import { eventually, held } from './booking.ts';
import { heldUpStore } from './held-up-store.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { patience, serve, serveOn } from './serve.ts';

const { CLEAR_CACHE, DRAIN_QUEUE, REFRESH_CONFIG, RESTART_SERVICE, FORCE_SCALE } = OperationType;

test('the waiting room of an event is emptied, and a dry run only says so', async () => {
  const { admin, queue, ...served } = await serve({ settings: { admissionRate: 0 } });
  await putOnSale(served, saleOf({}));
  const joined = [];
  for (let buyer = 0; buyer < 5; buyer++) {
    joined.push(await queue.joinQueue({ eventId: 'show', userId: `buyer-${buyer}` }));
  }
  const request = { operation: DRAIN_QUEUE, targetService: 'queue', parameters: { event_id: 'show' } };

  expect(await admin.triggerOperation({ ...request, dryRun: true })).toMatchObject({
    triggered: false,
    operationId: '',
    status: OperationStatus.PENDING,
    result: 'would remove 5 waiting buyers from the line of event "show"',
  });
  expect((await queue.getQueueStats({ eventId: 'show' })).events[0]?.totalWaiting).toBe(5);
  expect(await admin.triggerOperation(request)).toMatchObject({
    triggered: true,
    operationId: expect.stringMatching(/^op_[0-9a-f]{32}$/),
    status: OperationStatus.COMPLETED,
    result: '5 buyers removed from the line of event "show"',
  });
  expect((await queue.getQueueStats({ eventId: 'show' })).events[0]?.totalWaiting).toBe(0);
  const again = await queue.joinQueue({ eventId: 'show', userId: 'buyer-0' });
  expect(again.position).toBe(1);
});

test('what takes longer goes on after the answer; the same is not started twice meanwhile', async () => {
  const { store, holdUp } = heldUpStore(await openStore({ memory: true, data: '' }, Date.now));
  const served = await serveOn({ store, clock: Date.now, worker: false, settings: { admissionRate: 0 } });
  await putOnSale(served, saleOf({}));
  await putOnSale(served, saleOf({ event: { id: 'other' } }));
  await served.queue.joinQueue({ eventId: 'show', userId: 'ann' });
  const request = { operation: DRAIN_QUEUE, parameters: { event_id: 'show' } };
  const barrier = holdUp('transact', 'queue_place');
  const started = await served.admin.triggerOperation(request);
  expect(started).toMatchObject({ triggered: true, status: OperationStatus.RUNNING });
  await barrier.reached;

  expect(refusalOf(await served.admin.triggerOperation(request))).toMatchObject({
    code: 'FAILED_PRECONDITION',
    message: 'DRAIN_QUEUE show is running already: wait for its end',
  });
  const other = await served.admin.triggerOperation({ ...request, parameters: { event_id: 'other' } });
  expect(other.status).toBe(OperationStatus.COMPLETED);
  barrier.goOn();
  await eventually(async () => {
    const again = await served.admin.triggerOperation({ ...request, idempotencyKey: crypto.randomUUID() });
    expect(again.status).toBe(OperationStatus.COMPLETED);
  });
  const entries = [];
  for await (const { value } of store.scan(auditTable)) {
    entries.push(value);
  }
  expect(entries[0]).toMatchObject({
    id: started.operationId,
    kind: 'operation',
    subject: 'DRAIN_QUEUE show',
  });
});

test('what is kept in memory is forgotten, and nothing is lost', async () => {
  const served = await serve();
  await putOnSale(served, saleOf({}));
  await held(served, { userId: 'ann', seatIds: ['A1'] });
  const clear = (targetService: string) =>
    served.admin.triggerOperation({ operation: CLEAR_CACHE, targetService });

  expect((await clear('')).result).toBe('cleared 1 entry of inventory');
  expect((await clear('inventory')).result).toBe('cleared 0 entries of inventory');
  expect((await clear('payment')).result).toBe('nothing to clear: the service payment has no cache');
  const taken = await served.reservations.createReservation({
    eventId: 'show',
    userId: 'bob',
    seatIds: ['A1'],
  });
  expect(refusalOf(taken)?.code).toBe('INVENTORY_CONFLICT');
  await held(served, { userId: 'bob', seatIds: ['A2'] });
});

test('settings are read anew; what was changed by hand stays', async () => {
  const base = { ...patience, memory: true, port: 0, demo: false } as const;
  let later = settingsOf({ ...base, logLevel: 'silent' });
  const { admin } = await serve({ readSettings: () => later });
  const refresh = async () =>
    (await admin.triggerOperation({ operation: REFRESH_CONFIG, idempotencyKey: crypto.randomUUID() })).result;
  const textOf = async (service: string, configKey: string) =>
    (await admin.updateConfig({ service, configKey, configValue: '', applyImmediately: false })).oldValue;
  expect(await refresh()).toBe('read again: no setting has changed');

  await admin.updateConfig({
    service: 'inventory',
    configKey: 'hold_seconds',
    configValue: '90',
    applyImmediately: true,
  });
  later = settingsOf({ ...base, logLevel: 'silent', holdSeconds: 45, maxWaiting: 7 });
  expect(await refresh()).toBe('read again; changed: hold_seconds, max_waiting');
  expect(await textOf('queue', 'max_waiting')).toBe('7');
  expect(await textOf('inventory', 'hold_seconds')).toBe('90');
});

test('what needs something that starts processes is refused, and so is what is wrong', async () => {
  const { admin, ...served } = await serve();
  await putOnSale(served, saleOf({}));
  const refused = async (request: Parameters<typeof admin.triggerOperation>[0]) =>
    refusalOf(await admin.triggerOperation(request));
  const failed = (request: Parameters<typeof admin.triggerOperation>[0]) =>
    failureOf(admin.triggerOperation(request));

  for (const [operation, parameters] of [
    [RESTART_SERVICE, {}],
    [FORCE_SCALE, { replicas: '3' }],
  ] as const) {
    expect(await refused({ operation, parameters })).toMatchObject({
      code: 'FAILED_PRECONDITION',
      details: ['operation NOT_SUPPORTED_BY_SETUP'],
    });
  }
  expect(await refused({ operation: CLEAR_CACHE, targetService: 'kitchen' })).toMatchObject({
    code: 'NOT_FOUND',
    details: ['target_service SERVICE_NOT_FOUND'],
  });
  expect((await failed({})).status).toBe('InvalidArgument');
  for (const [request, detail] of [
    [{ operation: FORCE_SCALE, parameters: { replicas: 'many' } }, 'parameters["replicas"] INVALID_VALUE'],
    [{ operation: DRAIN_QUEUE }, 'parameters["event_id"] MISSING'],
    [
      { operation: DRAIN_QUEUE, parameters: { event_id: 'nothing' } },
      'parameters["event_id"] EVENT_NOT_FOUND',
    ],
    [
      { operation: DRAIN_QUEUE, targetService: 'payment', parameters: { event_id: 'show' } },
      'target_service OTHER_SERVICE',
    ],
    [{ operation: CLEAR_CACHE, parameters: { all: 'true' } }, 'parameters["all"] UNKNOWN_PARAMETER'],
  ] as const) {
    expect(await failed(request)).toMatchObject({ status: 'InvalidArgument', details: [detail] });
  }
});
