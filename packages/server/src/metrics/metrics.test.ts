import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { service } from '../service.ts';
import { failureOf } from '../testdata/failure-of.ts';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../testdata/library.ts';
import { serveServices } from '../testdata/serve-services.ts';
import { backendCalls, createMetrics, DEFAULT_BUCKETS, UNMATCHED } from './index.ts';

/** The lines of a metric and what belongs to it, without comments. */
async function lines(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  const { body } = await metrics.render();
  return body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

const bare = { process: false } as const;

test('calls are counted by method and code, and timed by method', async () => {
  const metrics = createMetrics({ ...bare, buckets: [0.01, 0.1] });
  const lend = metrics.method('library.v1.LibraryService', 'LendBook');
  for (const [code, seconds] of [
    [0, 0.003],
    [0, 0.01],
    [0, 0.05],
    [5, 7],
  ] as const) {
    lend.started();
    lend.ended(code, seconds, false);
  }
  const labels = 'service="library.v1.LibraryService",method="LendBook"';

  expect(await lines(metrics, 'grpc_calls_total')).toEqual([
    `grpc_calls_total{${labels},type="unary",origin="client",code="OK"} 3`,
    `grpc_calls_total{${labels},type="unary",origin="client",code="NOT_FOUND"} 1`,
  ]);
  expect(await lines(metrics, 'grpc_call_duration_seconds_bucket')).toEqual([
    `grpc_call_duration_seconds_bucket{le="0.01",${labels}} 2`,
    `grpc_call_duration_seconds_bucket{le="0.1",${labels}} 3`,
    `grpc_call_duration_seconds_bucket{le="+Inf",${labels}} 4`,
  ]);
  expect(await lines(metrics, 'grpc_call_duration_seconds_count')).toEqual([
    `grpc_call_duration_seconds_count{${labels}} 4`,
  ]);
  expect(await lines(metrics, 'grpc_call_duration_seconds_sum')).toEqual([
    `grpc_call_duration_seconds_sum{${labels}} 7.063`,
  ]);
});

test('calls within the process are told apart from those of clients', async () => {
  const metrics = createMetrics(bare);
  const lend = metrics.method('library.v1.LibraryService', 'LendBook');
  for (const isLocal of [true, false, true]) {
    lend.started();
    lend.ended(isLocal ? 14 : 0, 0.001, isLocal);
  }
  const labels = 'service="library.v1.LibraryService",method="LendBook",type="unary"';

  expect(await lines(metrics, 'grpc_calls_total')).toEqual([
    `grpc_calls_total{${labels},origin="client",code="OK"} 1`,
    `grpc_calls_total{${labels},origin="process",code="UNAVAILABLE"} 2`,
  ]);
});

test('how long streams are open does not count as how long calls take', async () => {
  const metrics = createMetrics(bare);
  metrics.method('library.v1.LibraryService', 'WatchBook', 'stream').record(0, 240);
  metrics.backend('library.v1.LibraryService', 'WatchBook', 'stream').record(0, 240);
  const labels = 'service="library.v1.LibraryService",method="WatchBook"';

  for (const what of ['grpc', 'backend']) {
    expect(await lines(metrics, `${what}_call_duration_seconds_count`)).toEqual([]);
    const buckets = await lines(metrics, `${what}_stream_duration_seconds_bucket`);
    expect(buckets).toContain(`${what}_stream_duration_seconds_bucket{le="60",${labels}} 0`);
    expect(buckets).toContain(`${what}_stream_duration_seconds_bucket{le="300",${labels}} 1`);
  }
  expect(await lines(metrics, 'grpc_calls_total')).toEqual([
    `grpc_calls_total{${labels},type="stream",origin="client",code="OK"} 1`,
  ]);
});

test('a method that was never called has no series', async () => {
  const metrics = createMetrics(bare);
  metrics.method('library.v1.LibraryService', 'LendBook');
  const { body } = await metrics.render();

  expect(body).toContain('# TYPE grpc_call_duration_seconds histogram');
  expect(body).not.toContain('LendBook');
});

test('calls under way, refusals and what is read when shown', async () => {
  const metrics = createMetrics(bare);
  const lend = metrics.method('library.v1.LibraryService', 'LendBook');
  lend.started();
  lend.started();
  lend.ended(0, 1, false);
  lend.refused('shed');
  lend.refused('rate_limited');
  lend.refused('rate_limited');
  let open = 3;
  metrics.gauge('http_server_connections', 'Open connections', () => open);
  const labels = 'service="library.v1.LibraryService",method="LendBook"';

  expect(await lines(metrics, 'grpc_calls_in_flight')).toEqual([`grpc_calls_in_flight{${labels}} 1`]);
  expect(await lines(metrics, 'grpc_calls_refused_total')).toEqual([
    `grpc_calls_refused_total{${labels},reason="rate_limited"} 2`,
    `grpc_calls_refused_total{${labels},reason="shed"} 1`,
  ]);
  expect(await lines(metrics, 'http_server_connections')).toEqual(['http_server_connections 3']);
  lend.ended(0, 1, false);
  open = 4;
  expect(await lines(metrics, 'grpc_calls_in_flight')).toEqual([`grpc_calls_in_flight{${labels}} 0`]);
  expect(await lines(metrics, 'http_server_connections')).toEqual(['http_server_connections 4']);
});

test('requests are counted and timed by method, route and status', async () => {
  const metrics = createMetrics({ ...bare, buckets: [1] });
  const route = metrics.route('POST', '/v1/books/{book_id}:lend');
  route.record(200, 0.5);
  route.record(409, 0.5);
  route.record(200, 2);
  const labels = (status: number) => `method="POST",route="/v1/books/{book_id}:lend",status_code="${status}"`;

  expect(await lines(metrics, 'http_server_requests_total')).toEqual([
    `http_server_requests_total{${labels(200)}} 2`,
    `http_server_requests_total{${labels(409)}} 1`,
  ]);
  expect(await lines(metrics, 'http_server_requests_duration_seconds_bucket')).toEqual([
    `http_server_requests_duration_seconds_bucket{le="1",${labels(200)}} 1`,
    `http_server_requests_duration_seconds_bucket{le="+Inf",${labels(200)}} 2`,
    `http_server_requests_duration_seconds_bucket{le="1",${labels(409)}} 1`,
    `http_server_requests_duration_seconds_bucket{le="+Inf",${labels(409)}} 1`,
  ]);
});

test('what clients make up makes no series', async () => {
  const metrics = createMetrics(bare);
  for (let number = 0; number < 1000; number++) {
    metrics.route(`BREW${number}`, UNMATCHED).record(600 + number, 0.001);
    metrics.method('library.v1.LibraryService', 'LendBook').record(17 + number, 0.001);
  }

  expect(await lines(metrics, 'http_server_requests_total')).toEqual([
    'http_server_requests_total{method="OTHER",route="unmatched",status_code="0"} 1000',
  ]);
  expect(await lines(metrics, 'grpc_calls_total')).toEqual([
    'grpc_calls_total{service="library.v1.LibraryService",method="LendBook",type="unary",origin="client",code="UNKNOWN"} 1000',
  ]);
});

test('the same method is the same figures', () => {
  const metrics = createMetrics(bare);

  expect(metrics.method('a.B', 'C')).toBe(metrics.method('a.B', 'C'));
  expect(metrics.method('a.B', 'C')).not.toBe(metrics.backend('a.B', 'C'));
  expect(metrics.route('GET', '/x')).toBe(metrics.route('GET', '/x'));
});

test('label values are escaped', async () => {
  const metrics = createMetrics(bare);
  metrics.route('GET', '/a"b\\c\nd').record(200, 0);

  expect(await lines(metrics, 'http_server_requests_total')).toEqual([
    'http_server_requests_total{method="GET",route="/a\\"b\\\\c\\nd",status_code="200"} 1',
  ]);
});

test('any values give what the library’s own histogram gives', async () => {
  const seconds = fc.oneof(fc.double({ min: 0, max: 20, noNaN: true }), fc.constantFrom(...DEFAULT_BUCKETS));
  await fc.assert(
    fc.asyncProperty(fc.array(seconds, { maxLength: 50 }), async (values) => {
      const metrics = createMetrics(bare);
      const registry = new Registry();
      const name = 'http_server_requests_duration_seconds';
      const peer = new Histogram({
        name,
        help: 'x',
        labelNames: ['method', 'route', 'status_code'],
        buckets: [...DEFAULT_BUCKETS],
        registers: [registry],
      });
      const route = metrics.route('GET', '/x');
      for (const value of values) {
        route.record(200, value);
        peer.observe({ method: 'GET', route: '/x', status_code: '200' }, value);
      }
      const expected = (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));
      const { body } = await metrics.render();
      expect(body.split('\n').filter((line) => line.startsWith(name))).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

test('a clock that stands still or jumps back spoils nothing', async () => {
  const metrics = createMetrics({ ...bare, buckets: [1] });
  const route = metrics.route('GET', '/x');
  route.record(200, Number.NaN);
  route.record(200, -5);

  expect((await metrics.render()).body).toContain(
    'http_server_requests_duration_seconds_sum{method="GET",route="/x",status_code="200"} 0',
  );
});

test.each([[[0.1, 0.1]], [[0.2, 0.1]], [[0]], [[-1]], [[Number.NaN]], [[1, Number.POSITIVE_INFINITY]]])(
  'buckets that are not ascending numbers above 0 are refused: %j',
  (buckets) => {
    expect(() => createMetrics({ buckets })).toThrow(/buckets\[\d\] is .*expected a number of seconds above/);
  },
);

test('an application’s own metrics are shown, and a name twice is shown once', async () => {
  const registry = new Registry();
  const metrics = createMetrics({ ...bare, registry });
  const status = new Counter({
    name: 'loan_status_total',
    help: 'Loans by status',
    labelNames: ['status'],
    registers: [metrics.registry],
  });
  status.inc({ status: 'LENT' });
  new Counter({ name: 'grpc_calls_total', help: 'Somebody else’s', registers: [registry] });
  const { body, contentType } = await metrics.render();

  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(body).toContain('loan_status_total{status="LENT"} 1');
  expect(body.match(/# TYPE grpc_calls_total/g)).toHaveLength(1);
  expect(body.endsWith('\n')).toBe(true);
});

test('the figures of the process are shown, and shared by all servers', async () => {
  const bodies = await Promise.all([createMetrics().render(), createMetrics().render()]);

  for (const { body } of bodies) {
    expect(body).toContain('process_cpu_seconds_total ');
    expect(body).toContain('nodejs_eventloop_lag_p99_seconds ');
    expect(body.match(/# TYPE process_resident_memory_bytes gauge/g)).toHaveLength(1);
  }
});

test('those who ask at the same time get one answer, and later ones the next', async () => {
  const metrics = createMetrics(bare);
  let reads = 0;
  metrics.gauge('reads', 'Times this was read', () => ++reads);
  await Promise.all([metrics.render(), metrics.render(), metrics.render()]);
  expect(reads).toBe(1);

  expect((await metrics.render()).body).toContain('reads 2');
});

test('while much is written, the event loop turns', async () => {
  const metrics = createMetrics();
  for (let route = 0; route < 500; route++) {
    for (const status of [200, 400, 404, 500]) {
      metrics.route('GET', `/${route}`).record(status, 0.01);
    }
  }
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns++;
    if (!done) {
      setImmediate(turn);
    }
  };
  setImmediate(turn);
  const { body } = await metrics.render();
  done = true;

  expect(body.split('\n').length).toBeGreaterThan(30_000);
  expect(body.match(/^# TYPE http_server_requests_duration_seconds histogram$/gm)).toHaveLength(1);
  expect(body.match(/^http_server_requests_duration_seconds_count\{.* 1$/gm)).toHaveLength(2000);
  expect(turns).toBeGreaterThan(2);
});

test('a client’s calls are counted and timed by method', async () => {
  const metrics = createMetrics(bare);
  const library = createLibrary();
  library.service.getLoan = () => {
    throw new Error('out of order');
  };
  const baseUrl = await serveServices([service(LibraryService, library.service)]);
  const client = createClient(
    LibraryService,
    createGrpcTransport({ baseUrl, interceptors: [backendCalls(metrics)] }),
  );
  await client.getBook({ bookId: 'dune' });
  await client.getBook({ bookId: 'dune' });
  await failureOf(client.getLoan({}));
  for await (const _ of client.exportBooks({ count: 3 })) {
    expect(await lines(metrics, 'backend_calls_total')).not.toContainEqual(
      expect.stringContaining('ExportBooks'),
    );
  }
  const stop = new AbortController();
  const left = client.exportBooks({ count: 3, everyMs: 1 }, { signal: stop.signal });
  await expect(async () => {
    for await (const _ of left) {
      stop.abort();
    }
  }).rejects.toThrow();
  const calls = (method: string, code: string, count: number) =>
    `backend_calls_total{service="library.v1.LibraryService",method="${method}",code="${code}"} ${count}`;

  expect((await lines(metrics, 'backend_calls_total')).sort()).toEqual([
    calls('ExportBooks', 'CANCELLED', 1),
    calls('ExportBooks', 'OK', 1),
    calls('GetBook', 'OK', 2),
    calls('GetLoan', 'INTERNAL', 1),
  ]);
  expect(await lines(metrics, 'backend_call_duration_seconds_count')).toContain(
    'backend_call_duration_seconds_count{service="library.v1.LibraryService",method="GetBook"} 2',
  );
});
