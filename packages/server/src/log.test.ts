import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { callOf } from './index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, grpcClient, recordingLogger, serve } from './testdata/serve.ts';
import { registerSdk } from './tracing/testdata/sdk.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('one line a call, with the trace of the request', async () => {
  const served = await serve();
  await grpcClient(served).lendBook(
    { bookId: 'dune', idempotencyKey: 'k' },
    { headers: { ...as('ann').headers, traceparent } },
  );

  expect(served.lines).toEqual([
    expect.objectContaining({
      level: 30,
      service: 'library.v1.LibraryService',
      method: 'LendBook',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      caller: 'user',
      code: 'OK',
      latency_ms: expect.any(Number),
    }),
  ]);
  expect(JSON.stringify(served.lines)).not.toContain('Bearer');
});

test.each([
  'garbage',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
])('a traceparent that is not valid is replaced: %s', async (invalid) => {
  const served = await serve();
  const seen: (string | null)[] = [];
  const client = createClient(
    LibraryService,
    createConnectTransport({ baseUrl: served.url, httpVersion: '2' }),
  );
  const onHeader = (header: Headers) => seen.push(header.get('x-trace-id'));
  await client.getBook({ bookId: 'dune' }, { headers: { traceparent: invalid }, onHeader });
  await client.getBook({ bookId: 'dune' }, { headers: { traceparent: invalid }, onHeader });

  expect(seen[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(invalid).not.toContain(seen[0]);
  expect(seen[1]).not.toBe(seen[0]);
  expect(served.lines.map(({ trace_id }) => trace_id)).toEqual(seen);
});

test('the code of an outcome and of a failure is the contract’s', async () => {
  const served = await serve();
  const client = grpcClient(served);
  await client.lendBook({ bookId: 'none', idempotencyKey: 'k' }, as('ann'));
  await failureOf(client.lendBook({ bookId: 'dune', idempotencyKey: 'l' }));

  expect(served.lines).toMatchObject([
    { level: 30, code: 'ALL_LENT', caller: 'user' },
    { level: 30, code: 'UNAUTHENTICATED', caller: 'anonymous' },
  ]);
});

test('SECURITY 33: at level debug the request is logged without its secrets', async () => {
  const { logger, lines } = recordingLogger('debug');
  const served = await serve({ logger });
  const wrapping = {
    boxCode: '1234',
    look: { case: 'colour' as const, value: 'red' },
    inner: { boxCode: '5678' },
  };
  const request = { bookId: 'dune', idempotencyKey: 'k', cardNumber: '4111111111111111', wrapping };
  await grpcClient(served).lendBook(request, as('ann'));

  expect(lines[0]).toMatchObject({
    level: 20,
    service: 'library.v1.LibraryService',
    method: 'LendBook',
    request: {
      bookId: 'dune',
      cardNumber: '[secret]',
      wrapping: { colour: 'red', boxCode: '[secret]', inner: { boxCode: '[secret]' } },
    },
  });
  expect(JSON.stringify(lines)).not.toMatch(/4111|1234|5678/);
  expect(served.library.loans.size).toBe(1);
});

test('a handler’s own lines carry the trace id', async () => {
  const library = createLibrary();
  library.service.getBook = (_request, context) => {
    callOf(context).log.info({ shelf: 7 }, 'looked it up');
    return {};
  };
  const served = await serve({}, library);
  await grpcClient(served).getBook({ bookId: 'dune' }, { headers: { traceparent } });

  expect(served.lines[0]).toMatchObject({ shelf: 7, trace_id: '0af7651916cd43dd8448eb211c80319c' });
});

test('a call is found by its context, and by what is made of that', async () => {
  const library = createLibrary();
  library.service.getBook = (_request, context) => {
    const values = { value: context.values };
    for (const derived of [Object.create(context, { values }), new Proxy(context, {}), { ...context }]) {
      callOf(derived).log.info({ shelf: 7 }, 'looked it up');
    }
    return {};
  };
  const served = await serve({}, library);
  await grpcClient(served).getBook({ bookId: 'dune' }, { headers: { traceparent } });

  expect(served.lines.filter(({ shelf }) => shelf === 7)).toHaveLength(3);
});

test('over gRPC an answer carries the trace id when it is a refusal, or when the call is recorded', async () => {
  const seen: (string | null)[] = [];
  const get = async (served: Awaited<ReturnType<typeof serve>>, bookId: string) => {
    const options = { onHeader: (header: Headers) => seen.push(header.get('x-trace-id')) };
    return grpcClient(served).getBook({ bookId }, options);
  };
  const served = await serve();
  await get(served, 'dune');
  const { error } = await failureOf(get(served, 'none'));
  const { spans } = registerSdk();
  await get(await serve({ tracing: { sampling: () => 1 } }), 'dune');

  expect(served.lines).toMatchObject([{ code: 'OK' }, { trace_id: error.metadata.get('x-trace-id') }]);
  expect(seen).toEqual([null, spans()[0]?.spanContext().traceId]);
});
