import { openSync } from 'node:fs';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { HealthStatus, LogLevel, MetricType, SystemHealthStatus } from '@traffic-tacos/contracts/common/v1';
import { createLogger } from '@traffic-tacos/server';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { recentLines } from '../live/index.ts';
import { openStore } from '../open-store.ts';
import { msOf } from '../services/shared/time.ts';
import { version } from '../version.ts';
import { dataDirectory } from './data-directory.ts';
import { dyingStore } from './dying-store.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { serve, serveOn } from './serve.ts';

test('a system that works is healthy, with numbers that say so', async () => {
  const data = await dataDirectory();
  const served = await serve({ settings: { memory: false, data } });
  await putOnSale(served, saleOf({}));
  await served.queue.joinQueue({ eventId: 'show' });
  const { services, dependencies, overallStatus, checkedAt } = await served.admin.getSystemHealth({
    includeDependencies: true,
  });

  expect(services.map(({ serviceName }) => serviceName)).toEqual([
    ...[
      'gateway',
      'queue',
      'catalog',
      'inventory',
      'reservation',
      'payment',
      'worker',
      'websocket',
      'webhook',
    ],
    'admin',
  ]);
  expect(new Set(services.map(({ status }) => status))).toEqual(new Set([HealthStatus.HEALTHY]));
  expect(services.find(({ serviceName }) => serviceName === 'queue')).toMatchObject({
    version,
    responseTimeMs: 0,
    issues: [],
    metrics: { calls_total: '1', calls_failed_total: '0', active: '1', waiting: '0' },
  });
  expect(dependencies.map(({ name, endpoint }) => `${name} ${endpoint}`)).toEqual([
    `store ${data}`,
    `events ${data}`,
    `event_loop process ${process.pid}`,
    `disk ${data}`,
  ]);
  expect(dependencies.find(({ name }) => name === 'events')?.status).toBe(HealthStatus.HEALTHY);
  expect([SystemHealthStatus.HEALTHY, SystemHealthStatus.DEGRADED]).toContain(overallStatus);
  expect(Math.abs((msOf(checkedAt) ?? 0) - Date.now())).toBeLessThan(60_000);

  const few = await served.admin.getSystemHealth({ services: ['worker', 'payment'] });
  expect(few.services.map(({ serviceName }) => serviceName)).toEqual(['worker', 'payment']);
  expect(few.dependencies).toEqual([]);
  expect(refusalOf(await served.admin.getSystemHealth({ services: ['kitchen'] }))).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('there is no service "kitchen"; expected one of gateway, queue'),
  });
  expect(await failureOf(served.admin.getSystemHealth({ services: ['worker', 'worker'] }))).toMatchObject({
    status: 'InvalidArgument',
  });
});

test('without its store no ticket is sold, which health says while it still answers', async () => {
  const dying = dyingStore(await openStore({ memory: true, data: '' }, Date.now));
  const { admin } = await serveOn({ store: dying.store, clock: Date.now, worker: false });
  dying.dieAfter(0, 'before');
  await dying.store.transact([]).catch(() => undefined);
  const health = await admin.getSystemHealth({ includeDependencies: true });

  expect(health.overallStatus).toBe(SystemHealthStatus.CRITICAL);
  const statusOf = (wanted: string) => health.dependencies.find(({ name }) => name === wanted)?.status;
  expect(statusOf('store')).toBe(HealthStatus.UNHEALTHY);
  expect(statusOf('events')).toBe(HealthStatus.UNHEALTHY);
  expect(health.services.find(({ serviceName }) => serviceName === 'inventory')).toMatchObject({
    status: HealthStatus.UNHEALTHY,
    issues: ['the store does not answer'],
  });
  expect(health.services.find(({ serviceName }) => serviceName === 'worker')?.issues).toContain(
    'the worker does not run, or cannot read what is due',
  );
});

test('metrics are read as /metrics shows them, by service and name', async () => {
  const served = await serve();
  await putOnSale(served, saleOf({}));
  for (let calls = 0; calls < 3; calls++) {
    await served.inventory.getInventoryStatus({ eventId: 'show' });
  }
  await served.inventory.getInventoryStatus({ eventId: 'nothing' });
  const read = async (request: Parameters<typeof served.admin.getMetrics>[0]) => {
    const { metrics, error } = await served.admin.getMetrics(request);
    expect(error).toBeUndefined();
    return metrics;
  };
  const ofMethod = (metric: { labels: Record<string, string> }) =>
    metric.labels.method === 'GetInventoryStatus';

  const [calls] = (await read({ service: 'inventory', metricType: 'grpc_calls_total' })).filter(ofMethod);
  expect(calls).toMatchObject({
    name: 'grpc_calls_total',
    service: 'inventory',
    type: MetricType.COUNTER,
    value: 4,
    unit: '1',
    labels: { code: 'OK' },
  });
  const duration = { service: 'inventory', metricType: 'grpc_call_duration_seconds' };
  const one = async (aggregation: string, time: object = {}) =>
    (await read({ ...duration, aggregation, ...time })).filter(ofMethod)[0];
  expect(await one('sum')).toMatchObject({ type: MetricType.HISTOGRAM, unit: 's' });
  const [sum, avg, p50, max] = [await one('sum'), await one('avg'), await one('p50'), await one('max')];
  expect(avg?.value).toBeCloseTo((sum?.value ?? 0) / 4, 9);
  expect(p50?.value).toBeLessThanOrEqual(max?.value ?? 0);
  const hour = { startTime: timestampFromMs(Date.now() - 3_600_000) };
  expect((await one('sum', hour))?.value).toBe(sum?.value);
  const past = { ...hour, endTime: timestampFromMs(Date.now() - 3_000_000) };
  expect(await one('sum', past)).toBeUndefined();
  const process = await read({ service: 'platform', metricType: 'process_' });
  expect(process.find(({ name }) => name === 'process_resident_memory_bytes')).toMatchObject({
    unit: 'bytes',
  });

  const refused = async (request: Parameters<typeof served.admin.getMetrics>[0]) =>
    refusalOf(await served.admin.getMetrics(request));
  expect(await refused({ service: 'kitchen' })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await refused({ metricType: 'no_such' })).toMatchObject({
    code: 'NOT_FOUND',
    details: ['metric_type METRIC_NOT_FOUND'],
  });
  expect(await failureOf(served.admin.getMetrics({ aggregation: 'median' }))).toMatchObject({
    status: 'InvalidArgument',
    message: 'aggregation is "median": expected last, sum, avg, min, max, or a percentile from p1 to p99.9',
  });
  const backwards = { startTime: timestampFromMs(2_000), endTime: timestampFromMs(1_000) };
  expect((await failureOf(served.admin.getMetrics(backwards))).status).toBe('InvalidArgument');
});

/** A server whose log is kept and goes nowhere. */
async function serveLogged() {
  const logs = recentLines({ id: crypto.randomUUID() });
  const logger = createLogger({ level: 'info', fd: openSync('/dev/null', 'w'), tail: logs.add });
  return { ...(await serve({ logger, logs, settings: { logLevel: 'info' } })), logger, logs };
}

test('the log is searched by service, level, time, trace and text, newest first', async () => {
  const served = await serveLogged();
  const { admin, inventory, logger } = served;
  await putOnSale(served, saleOf({}));
  await inventory.getInventoryStatus({ eventId: 'show' });
  const missing = await inventory.getInventoryStatus({ eventId: 'nothing' });
  const traceId = missing.error?.traceId ?? '';
  logger.warn({ seat: 'A"1', shelf: { number: 7 } }, 'something Odd');
  const search = async (request: Parameters<typeof admin.getLogs>[0]) => {
    const { logs, error } = await admin.getLogs(request);
    expect(error).toBeUndefined();
    return logs;
  };

  const [newest, older] = await search({ service: 'inventory' });
  expect(newest).toMatchObject({
    service: 'inventory',
    level: LogLevel.INFO,
    message: 'call',
    traceId,
    fields: { method: 'GetInventoryStatus', code: 'NOT_FOUND' },
  });
  expect(older?.fields).toMatchObject({ code: 'OK' });
  expect((await search({ searchQuery: traceId })).map(({ service }) => service)).toContain('inventory');
  expect(await search({ level: LogLevel.WARN })).toMatchObject([
    { service: 'platform', message: 'something Odd', fields: { seat: 'A"1', shelf: '{"number":7}' } },
  ]);
  expect(await search({ searchQuery: 'a"1' })).toHaveLength(1);
  expect(await search({ searchQuery: 'SOMETHING odd' })).toHaveLength(1);
  // The name of a field is not its content.
  expect(await search({ searchQuery: 'shelf' })).toEqual([]);
  expect(await search({ endTime: timestampFromMs(Date.now() - 3_600_000) })).toEqual([]);
  expect(await search({ service: 'kitchen' })).toEqual([]);
  expect(
    (await failureOf(admin.getLogs({ startTime: timestampFromMs(2_000), endTime: timestampFromMs(1_000) })))
      .status,
  ).toBe('InvalidArgument');
});

test('a long list comes page by page, without gaps or repetitions while more is written', async () => {
  const { admin, logger, inventory } = await serveLogged();
  for (let number = 1; number <= 25; number++) {
    logger.info({ number }, 'counting');
  }
  const found: string[] = [];
  let cursor = '';
  do {
    const page = await admin.getLogs({ searchQuery: 'counting', limit: 10, cursor });
    expect(page.hasMore).toBe(page.nextCursor !== '');
    found.push(...page.logs.map(({ fields }) => fields.number ?? ''));
    cursor = page.nextCursor;
    logger.info({ number: 99 }, 'counting');
    await inventory.getInventoryStatus({ eventId: 'nothing' });
  } while (cursor !== '');
  expect(found).toEqual(Array.from({ length: 25 }, (_, at) => String(25 - at)));

  const { nextCursor } = await admin.getLogs({ searchQuery: 'counting', limit: 1 });
  for (const request of [
    { searchQuery: 'other', cursor: nextCursor },
    { searchQuery: 'counting', cursor: 'made up' },
  ]) {
    expect(await failureOf(admin.getLogs(request))).toMatchObject({
      status: 'InvalidArgument',
      details: ['cursor UNKNOWN_CURSOR'],
    });
  }
});

test('SECURITY 33: secrets are masked where the log is searched', async () => {
  const { admin, logger } = await serveLogged();
  logger.info({ password: 'hunter2', nested: { reservation_token: 'abc.def' } }, 'signed in');
  logger.info(
    { url: 'https://ann:hunter2@example.com/', card: '4111 1111 1111 1111' },
    'sent Bearer abcdefgh12345678',
  );
  const { logs } = await admin.getLogs({});
  const shown = JSON.stringify(logs.map(({ message, fields }) => ({ message, fields })));

  expect(shown).toContain('signed in');
  for (const secret of ['hunter2', 'abc.def', 'abcdefgh12345678', '4111']) {
    expect(shown).not.toContain(secret);
  }
  expect((await admin.getLogs({ searchQuery: 'hunter2' })).logs).toEqual([]);
});

test('the operation’s progress and who changed what are in the log', async () => {
  const { admin } = await serveLogged();
  const { operationId } = await admin.triggerOperation({ operation: 2, reason: 'stale seats' });
  const { logs } = await admin.getLogs({ searchQuery: operationId });
  expect(logs.map(({ fields }) => fields.status)).toEqual(['COMPLETED', 'RUNNING']);
  expect(logs.map(({ message }) => message)).toEqual(['operation is over', 'operation begins']);
  await admin.updateConfig({
    configKey: 'log_level',
    configValue: 'debug',
    applyImmediately: true,
    reason: 'a fault',
  });
  await admin.getSystemHealth({});
  const changed = await admin.getLogs({ searchQuery: 'configuration changed', level: LogLevel.INFO });
  expect(changed.logs).toMatchObject([
    {
      service: 'admin',
      fields: { config_key: 'log_level', old_value: 'info', new_value: 'debug', reason: 'a fault' },
    },
  ]);
  expect((await admin.getLogs({ searchQuery: 'request', service: 'admin' })).logs[0]?.level).toBe(
    LogLevel.DEBUG,
  );
});

test('a level that is changed holds for loggers that were made before, whoever made them', async () => {
  const lines: { msg: string; method?: string; level: number }[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const early = logger.child({ part: 'early' }).child({ part: 'inner' });
  const { admin, catalog } = await serve({ logger, settings: { logLevel: 'info' } });
  const heard = async (level: string): Promise<string[]> => {
    const { error } = await admin.updateConfig({
      configKey: 'log_level',
      configValue: level,
      applyImmediately: true,
    });
    expect(error).toBeUndefined();
    lines.length = 0;
    early.debug('early debug');
    early.info('early info');
    early.warn('early warn');
    await catalog.listEvents({});
    return lines.filter(({ method }) => method !== 'UpdateConfig').map(({ msg }) => msg);
  };
  const early3 = ['early debug', 'early info', 'early warn'];
  // Its own logger of the method was made at the level that it began with.
  await catalog.listEvents({});
  expect(await heard('warn')).toEqual(['early warn']);
  expect((await heard('debug')).filter((msg) => msg !== 'request')).toEqual([...early3, 'call']);
  expect(await heard('info')).toEqual([...early3.slice(1), 'call']);
});

test('a log that is not kept is not searched', async () => {
  const { admin } = await serve();
  expect(refusalOf(await admin.getLogs({}))).toMatchObject({ code: 'FAILED_PRECONDITION' });
});
