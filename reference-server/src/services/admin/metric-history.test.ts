import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { createMetrics } from '@traffic-tacos/server';
import { Counter, Gauge } from 'prom-client';
import { expect, test } from 'vitest';
import { getMetrics } from './get-metrics.ts';
import { metricHistory } from './metric-history.ts';

/** A history of one counter, one gauge and one histogram, which is looked at once a minute. */
function observed() {
  let now = 0;
  const metrics = createMetrics({ process: false, buckets: [1, 10] });
  const sold = new Counter({ name: 'sold_total', help: 'Sold', registers: [metrics.registry] });
  const open = new Gauge({ name: 'open', help: 'Open', registers: [metrics.registry] });
  const method = metrics.method('reservation.v1.InventoryService', 'ReserveSeat');
  const history = metricHistory(
    metrics,
    () => now,
    (error) => expect.unreachable(String(error)),
  );
  return {
    history,
    minute: async (count: number, seconds: number) => {
      now += 60_000;
      sold.inc(count);
      open.set(count);
      method.record(0, seconds);
      await history.sample();
    },
    read: async (metricType: string, aggregation: string, fromMinute: number, toMinute?: number) => {
      const { metrics: found } = await getMetrics({ history, services: ['inventory'] }, {
        service: '',
        metricType,
        aggregation,
        startTime: timestampFromMs(fromMinute * 60_000),
        ...(toMinute !== undefined && { endTime: timestampFromMs(toMinute * 60_000) }),
      } as Parameters<typeof getMetrics>[1]);
      return found.map(({ value }) => value);
    },
  };
}

test('values of a time are those that were measured in it', async () => {
  const { minute, read } = observed();
  for (const [count, seconds] of [
    [1, 0.5],
    [2, 5],
    [3, 5],
    [4, 50],
  ] as const) {
    await minute(count, seconds);
  }
  expect(await read('sold_total', 'sum', 2, 3)).toEqual([5]);
  expect(await read('sold_total', 'last', 2, 3)).toEqual([6]);
  expect(await read('sold_total', 'sum', 0, 4)).toEqual([10]);
  expect(await read('open', 'max', 1, 3)).toEqual([3]);
  expect(await read('open', 'avg', 1, 3)).toEqual([2]);
  expect(await read('grpc_call_duration_seconds', 'sum', 2, 3)).toEqual([10]);
  expect(await read('grpc_call_duration_seconds', 'avg', 4, 4)).toEqual([50]);
  expect(await read('grpc_call_duration_seconds', 'sum', 3)).toEqual([55]);
  expect(await read('grpc_call_duration_seconds', 'sum', 5, 6)).toEqual([]);
});

test('half an hour is kept, and what came before does not count for what begins with it', async () => {
  const { minute, read, history } = observed();
  for (let count = 0; count < 150; count++) {
    await minute(1, 0.5);
  }
  expect(history.samples()).toHaveLength(120);
  expect(history.isWhole).toBe(false);
  expect(await read('sold_total', 'sum', 0)).toEqual([119]);
  expect(await read('sold_total', 'sum', 141, 150)).toEqual([10]);
});
