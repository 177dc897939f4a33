import { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import { policyOf } from '@traffic-tacos/policy';
import { expect, onTestFinished, test } from 'vitest';
import { auditTable, liveSettingTable } from '../live/index.ts';
import { openStore } from '../open-store.ts';
import { msOf } from '../services/shared/time.ts';
import { adjustableClock } from './clock.ts';
import { dataDirectory } from './data-directory.ts';
import { startIssuer } from './issuer.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, clientsOf, serve, serveOn } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

/** A server for what is refused and changes nothing. */
const shared = beforeAllTests(async (cleanUp) => {
  const store = await openStore({ memory: true, data: '' }, Date.now);
  return serveOn({ store, clock: Date.now, worker: false, settings: { rateLimits: 'on' }, cleanUp });
});

/** Changes a setting from now on. @returns its value before and after. */
async function set({ admin }: Clients, service: string, configKey: string, configValue: string) {
  const answer = await admin.updateConfig({ service, configKey, configValue, applyImmediately: true });
  expect(refusalOf(answer)).toBeUndefined();
  expect(answer.updated).toBe(true);
  return [answer.oldValue, answer.newValue];
}

/** Seconds that a new hold lasts. */
async function holdSeconds(
  { reservations }: Clients,
  seatId: string,
  now: () => number = Date.now,
): Promise<number> {
  const { holdExpiresAt, error } = await reservations.createReservation({
    eventId: 'show',
    userId: 'ann',
    seatIds: [seatId],
  });
  expect(error).toBeUndefined();
  return Math.round(((msOf(holdExpiresAt) ?? 0) - now()) / 1000);
}

test('a setting holds from now on, and its default comes back', async () => {
  const clock = adjustableClock();
  const served = await serve({ clock: clock.now });
  await putOnSale(served, saleOf({ now: clock.now() }));
  expect(await holdSeconds(served, 'A1', clock.now)).toBe(60);

  expect(await set(served, 'inventory', 'hold_seconds', ' 90 ')).toEqual(['60', '90']);
  expect(await holdSeconds(served, 'A2', clock.now)).toBe(90);
  expect(await set(served, 'inventory', 'hold_seconds', '')).toEqual(['90', '60']);
  expect(await holdSeconds(served, 'A3', clock.now)).toBe(60);
});

test('a change survives a restart, whatever the server is started with; one for the next start waits for it', async () => {
  const settings = { memory: false, data: await dataDirectory(), holdSeconds: 45 };
  const before = await serve({ settings });
  await putOnSale(before, saleOf({}));
  await set(before, 'inventory', 'hold_seconds', '90');
  const later = await before.admin.updateConfig({
    service: 'reservation',
    configKey: 'max_extension_seconds',
    configValue: '7',
    applyImmediately: false,
  });
  expect(later).toMatchObject({ updated: true, oldValue: '300', newValue: '7' });
  const extended = await before.reservations.createReservation({
    eventId: 'show',
    userId: 'ann',
    seatIds: ['B1'],
  });
  const extend = ({ reservations }: Clients) =>
    reservations.extendHold({
      reservationId: extended.reservationId,
      userId: 'ann',
      extensionSeconds: 10,
      idempotencyKey: crypto.randomUUID(),
    });
  expect((await extend(before)).extendedSeconds).toBe(10);
  await before.close();

  const after = await serve({ settings });
  expect(await holdSeconds(after, 'A1')).toBe(90);
  expect(refusalOf(await extend(after))).toBeDefined();
  expect(await set(after, 'inventory', 'hold_seconds', '')).toEqual(['90', '45']);
  await after.close();

  expect(await holdSeconds(await serve({ settings }), 'A2')).toBe(45);
});

test('what is no longer a setting, or no longer a value of it, does not keep the server from starting', async () => {
  const store = await openStore({ memory: true, data: '' }, Date.now);
  for (const [service, key, value] of [
    ['inventory', 'hold_seconds', 'long'],
    ['inventory', 'seat_colour', 'red'],
  ] as const) {
    const kept = { service, key, value, by: 'admin:ops', at: 1 };
    await store.transact([
      { kind: 'put', table: liveSettingTable as never, key: `${service}/${key}`, value: kept },
    ]);
  }
  const served = await serveOn({ store, clock: Date.now, worker: false });
  await putOnSale(served, saleOf({}));
  expect(await holdSeconds(served, 'A1')).toBe(60);
});

test.each([
  [
    'kitchen',
    'hold_seconds',
    '60',
    'NOT_FOUND',
    'there is no service "kitchen"; expected one of gateway, queue',
  ],
  [
    'inventory',
    'seat_colour',
    'red',
    'NOT_FOUND',
    'the service "inventory" has no setting "seat_colour" that can be changed while it runs; expected one of hold_seconds',
  ],
  [
    '',
    'hold_seconds',
    '60',
    'NOT_FOUND',
    'the platform has no setting "hold_seconds" that can be changed while it runs; it belongs to the service "inventory"',
  ],
  [
    'queue',
    'log_level',
    'info',
    'NOT_FOUND',
    'the service "queue" has no setting "log_level" that can be changed while it runs; it belongs to the platform: leave service empty',
  ],
])('%s/%s = %s is refused with %s', async (service, configKey, configValue, code, message) => {
  const { admin } = shared();
  const refusal = refusalOf(
    await admin.updateConfig({ service, configKey, configValue, applyImmediately: true }),
  );
  expect(refusal).toMatchObject({ code, message: expect.stringContaining(message) });
});

test.each([
  ['inventory', 'hold_seconds', 'long', 'hold_seconds is "long": expected a whole number from 1 to 1800'],
  ['inventory', 'hold_seconds', '1801', 'hold_seconds is "1801": expected a whole number from 1 to 1800'],
  ['payment', 'payment_approval_rate', '2', 'payment_approval_rate is "2": expected a number from 0 to 1'],
  ['', 'log_level', 'loud', 'log_level is "loud": expected one of trace, debug'],
  [
    '',
    `rate_limit.${inventoryClass()}`,
    '50',
    `rate_limit.${inventoryClass()} is "50": expected calls a second and`,
  ],
  [
    '',
    `rate_limit.${inventoryClass()}`,
    '0/1',
    `rate_limit.${inventoryClass()} is "0/1": expected calls a second and`,
  ],
])('%s/%s = %s is no value of it', async (service, configKey, configValue, message) => {
  const { admin } = shared();
  const failure = await failureOf(
    admin.updateConfig({ service, configKey, configValue, applyImmediately: true }),
  );
  expect(failure).toMatchObject({
    status: 'InvalidArgument',
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(message),
    details: expect.arrayContaining(['config_value INVALID_VALUE']),
  });
  const again = await admin.updateConfig({ service, configKey, configValue: '', applyImmediately: true });
  expect(again.oldValue).toBe(again.newValue);
});

function inventoryClass(): string {
  return policyOf(InventoryService.method.checkAvailability).rateLimit.class;
}

test('a rate that is changed holds for callers at once, and the contract’s comes back', async () => {
  const served = await serve({ settings: { rateLimits: 'on' } });
  await putOnSale(served, saleOf({}));
  const through = async (): Promise<number> => {
    const calls = Array.from({ length: 10 }, () =>
      served.inventory.checkAvailability({ eventId: 'show', quantity: 1 }).then(
        () => 1,
        () => 0,
      ),
    );
    return (await Promise.all(calls)).reduce((sum: number, one) => sum + one, 0);
  };
  expect(await through()).toBe(10);
  const key = `rate_limit.${inventoryClass()}`;
  const { rateLimit } = policyOf(InventoryService.method.checkAvailability);
  const contract = `${rateLimit.requestsPerSecond}/${rateLimit.burst}`;

  expect(await set(served, '', key, '1/2')).toEqual([contract, '1/2']);
  expect(await through()).toBeLessThan(5);
  expect(await set(served, '', key, 'off')).toEqual(['1/2', 'off']);
  expect(await through()).toBe(10);
  expect(await set(served, '', key, '')).toEqual(['off', contract]);
});

test('a rate has no effect where nobody is held to one, which is said', async () => {
  const { admin } = await serve();
  const change = { configKey: `rate_limit.${inventoryClass()}`, configValue: '1/2', applyImmediately: true };
  expect(refusalOf(await admin.updateConfig(change))).toMatchObject({
    code: 'FAILED_PRECONDITION',
    message: expect.stringContaining('start the server with --rate-limits on'),
  });
});

test('the line moves by the rate and the number of active buyers that are set', async () => {
  const served = await serve({ settings: { admissionRate: 0, maxActiveBuyers: 1 } });
  const { queue } = served;
  await putOnSale(served, saleOf({}));
  const join = async () => (await queue.joinQueue({ eventId: 'show' })).waitingToken;
  const [first, second] = [await join(), await join()];
  const isReady = async (waitingToken: string) =>
    (await queue.requestAdmission({ waitingToken, userId: `of-${waitingToken.slice(-20)}` })).error ===
    undefined;
  expect(await isReady(first)).toBe(false);

  await set(served, 'queue', 'admission_rate', '600000');
  await expect.poll(() => isReady(first)).toBe(true);
  expect(await isReady(second)).toBe(false);
  await set(served, 'queue', 'max_active_buyers', '2');
  await expect.poll(() => isReady(second)).toBe(true);
});

test('who changed what, when and why is written down; a repeated call changes nothing again', async () => {
  const issuer = await startIssuer(onTestFinished);
  const store = await openStore({ memory: true, data: '' }, Date.now);
  const { url } = await serveOn({
    store,
    clock: Date.now,
    worker: false,
    settings: { ...issuer.settings, profile: 'strict', rateLimits: 'off' },
  });
  const { admin } = clientsOf(url, undefined, await issuer.token({ sub: 'operator', roles: ['admin'] }));
  const change = {
    service: 'inventory',
    configKey: 'hold_seconds',
    configValue: '90',
    applyImmediately: true,
    reason: 'the gateway is slow',
    idempotencyKey: crypto.randomUUID(),
  };
  const from = Date.now();
  const answer = await admin.updateConfig(change);
  expect(await admin.updateConfig(change)).toEqual(answer);
  expect(refusalOf(await admin.updateConfig({ ...change, configValue: '91' }))?.code).toBe(
    'IDEMPOTENCY_CONFLICT',
  );

  const entries = [];
  for await (const { value } of store.scan(auditTable)) {
    entries.push(value);
  }
  expect(entries).toEqual([
    {
      id: expect.stringMatching(/^chg_/),
      at: msOf(answer.updatedAt),
      by: 'admin:operator',
      kind: 'config',
      subject: 'inventory/hold_seconds',
      before: '60',
      after: '90',
      reason: 'the gateway is slow',
    },
  ]);
  expect(entries[0]?.at).toBeGreaterThanOrEqual(from);
});
