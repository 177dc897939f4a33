import { create } from '@bufbuild/protobuf';
import {
  GetSystemHealthRequestSchema,
  HealthStatus,
  SystemHealthStatus,
} from '@traffic-tacos/contracts/common/v1';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openSwitches } from '../../live/index.ts';
import { openStore } from '../../open-store.ts';
import { type Dependency, storeDependency } from './dependencies.ts';
import { getSystemHealth } from './get-system-health.ts';

test('what is wrong with a dependency is in the log, since the answer has no field for it', async () => {
  const store = await openStore({ memory: true, data: '' }, Date.now);
  const lines: Record<string, unknown>[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const disk: Dependency = {
    name: 'disk',
    endpoint: '/data',
    isVital: false,
    check: async () => ({ status: HealthStatus.DEGRADED, issue: '900 MiB are left on the disk of /data' }),
  };
  const broken = storeDependency('/data', () => Promise.reject(new Error('the disk is gone')));
  const { dependencies, overallStatus } = await getSystemHealth(
    {
      clock: Date.now,
      dependencies: [disk, broken, storeDependency('/other', async () => undefined)],
      startedAt: performance.now(),
      services: [],
      states: async () => ({}),
      switches: await openSwitches(store),
      version: '1.0.0',
    },
    create(GetSystemHealthRequestSchema, { includeDependencies: true }),
    { log },
  );
  await store.close();
  expect(overallStatus).toBe(SystemHealthStatus.CRITICAL);
  expect(dependencies.map(({ status }) => HealthStatus[status])).toEqual([
    'DEGRADED',
    'UNHEALTHY',
    'HEALTHY',
  ]);
  expect(lines).toMatchObject([
    { dependency: 'disk', status: 'DEGRADED', issue: '900 MiB are left on the disk of /data' },
    { dependency: 'store', status: 'UNHEALTHY', issue: 'the check of store failed' },
  ]);
});
