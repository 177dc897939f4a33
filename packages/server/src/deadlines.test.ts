import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { stand } from './hostile/testdata/stand.ts';
import { failureOf } from './testdata/failure-of.ts';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, grpcClient, serve, transports } from './testdata/serve.ts';

test.each(Object.entries(transports))(
  'a deadline is enforced on a handler that does not listen, by %s',
  async (_name, transport) => {
    const served = await serve();
    const client = createClient(LibraryService, transport(served.url));
    // The policy gives Wait 300 ms.
    const failure = await failureOf(client.wait({ waitMs: 1500 }, as('ann')));

    expect(failure).toMatchObject({ status: 'DeadlineExceeded', code: 'TIMEOUT' });
    expect(failure.detail?.message).toBe('the call exceeded its deadline of 300 ms');
  },
);

test.each([
  ['/library.v1.LibraryService/Wait', 'application/json', { 'connect-timeout-ms': '90' }],
  ['/library.v1.LibraryService/Wait', 'application/grpc-web+json', { 'grpc-timeout': '90m' }],
  ['/library.v1.LibraryService/Wait', 'application/grpc-web+json', { 'grpc-timeout': '89100u' }],
])('what is told of a deadline is what the client asked for: %s, %s, %o', async (path, type, timeout) => {
  const { url } = await serve();
  const message = Buffer.from('{"waitMs":1500}');
  const head = Buffer.from([0, 0, 0, 0, message.length]);
  const body = type === 'application/json' ? message : Buffer.concat([head, message]);
  const headers = { 'content-type': type, ...timeout, ...as('ann').headers };
  const answer = await fetch(url + path, { method: 'POST', headers, body });

  expect(decodeURIComponent(await answer.text())).toContain('the call exceeded its deadline of 90 ms');
});

test('REST: what is told of a deadline is what the client asked for', async () => {
  const { url } = await stand();
  const answer = await fetch(`${url}/v1/boxes/slow/letters/l`, { headers: { 'grpc-timeout': '90m' } });

  expect(await answer.text()).toContain('"message":"the call exceeded its deadline of 90 ms"');
});

test('SECURITY 16: the deadline is the least of what client, policy and limits say; a longer wish is no error', async () => {
  const left = async (timeoutMs: number | undefined, options = {}) => {
    const client = grpcClient(await serve(options));
    const { leftMs } = await client.wait(
      {},
      { ...as('ann'), ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    );
    return leftMs;
  };

  expect(await left(undefined)).toBeGreaterThan(200);
  expect(await left(3_600_000)).toBeLessThanOrEqual(300);
  expect(await left(150)).toBeLessThanOrEqual(150);
  expect(await left(undefined, { limits: { maxDeadlineMs: 100 } })).toBeLessThanOrEqual(100);
  expect(await left(3_600_000, { policies: () => ({ deadlineMs: 0 }) })).toBeLessThanOrEqual(30_000);
  expect(await left(3_600_000, { policies: () => ({ deadlineMs: 0 }) })).toBeGreaterThan(25_000);
});

test('the handler’s signal is aborted at the deadline', async () => {
  const library = createLibrary();
  const reasons: unknown[] = [];
  library.service.wait = (_request, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        reject(signal.reason);
      });
    });
  const served = await serve({}, library);

  expect((await failureOf(grpcClient(served).wait({}, as('ann')))).code).toBe('TIMEOUT');
  await expect
    .poll(() => reasons)
    .toMatchObject([{ rawMessage: 'the call exceeded its deadline of 300 ms' }]);
  expect(served.lines).toMatchObject([{ code: 'TIMEOUT' }]);
});

test('the handler’s signal is aborted when the client goes away', async () => {
  const library = createLibrary();
  let aborted = false;
  let entered = false;
  library.service.getBook = (_request, { signal }) => {
    entered = true;
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted = true;
        reject(signal.reason);
      });
    });
  };
  const served = await serve({}, library);
  const gone = new AbortController();
  const call = failureOf(grpcClient(served).getBook({ bookId: 'dune' }, { signal: gone.signal }));
  await expect.poll(() => entered).toBe(true);
  gone.abort();

  expect((await call).status).toBe('Canceled');
  await expect.poll(() => aborted).toBe(true);
  await expect.poll(() => served.lines).toMatchObject([{ code: 'CANCELLED', level: 30 }]);
});

test('the signal of a finished call is aborted, so that nothing goes on for it', async () => {
  const library = createLibrary();
  let signal: AbortSignal | undefined;
  library.service.getBook = (_request, context) => {
    signal = context.signal;
    return {};
  };
  const served = await serve({}, library);
  await grpcClient(served).getBook({ bookId: 'dune' });

  expect(signal?.aborted).toBe(true);
});

test('the signal of a call with a key outlives its client, but not the longest time any call may take', async () => {
  const library = createLibrary();
  const waited: number[] = [];
  library.service.lendBook = (_request, { signal }) => {
    const since = performance.now();
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        waited.push(performance.now() - since);
        reject(signal.reason);
      });
    });
  };
  const served = await serve({ limits: { maxDeadlineMs: 2000 } }, library);
  const client = grpcClient(served);
  // From here on there is a connection, and little time is spent on the way.
  await client.getBook({ bookId: 'dune' });
  const lend = { bookId: 'dune', idempotencyKey: 'k' };

  expect((await failureOf(client.lendBook(lend, { ...as('ann'), timeoutMs: 50 }))).status).toBe(
    'DeadlineExceeded',
  );
  await expect.poll(() => waited.length, { timeout: 10_000 }).toBe(1);
  expect(waited[0]).toBeGreaterThan(500);
});

test('a fault after the deadline is not lost', async () => {
  const library = createLibrary();
  library.service.wait = async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    throw new Error('too late');
  };
  const served = await serve({}, library);
  await failureOf(grpcClient(served).wait({}, as('ann')));

  await expect
    .poll(() => served.lines.map(({ err }) => err))
    .toMatchObject([undefined, { message: 'too late' }]);
  expect(served.lines[1]).toMatchObject({ level: 50, trace_id: served.lines[0]?.trace_id });
});

test('a client that hangs up before the handler starts has no effect', async () => {
  const library = createLibrary();
  const held = Promise.withResolvers<undefined>();
  let asked = false;
  const served = await serve(
    {
      authenticate: () => {
        asked = true;
        return held.promise;
      },
      profile: { requireCredentials: false, requireIdempotencyKey: true },
    },
    library,
  );
  const client = createClient(LibraryService, createGrpcTransport({ baseUrl: served.url }));
  const gone = new AbortController();
  const call = failureOf(client.lendBook({ bookId: 'dune', idempotencyKey: 'k' }, { signal: gone.signal }));
  await expect.poll(() => asked).toBe(true);
  gone.abort();
  await call;
  await expect.poll(() => served.lines.length).toBe(1);
  held.resolve(undefined);
  await served.server.close();

  expect(library.lendings).toBe(0);
});
