import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { errorModel } from './errors/error-model.ts';
import { BadRequestSchema, RequestInfoSchema } from './errors/google-rpc.ts';
import { failure, refuse } from './index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { CauseSchema, ErrorCode, ErrorCodeSchema } from './testdata/gen/library/v1/errors_pb.js';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, grpcClient, serve } from './testdata/serve.ts';

/** A server whose GetBook throws. */
async function serveThrowing(thrown: unknown, options = {}) {
  const library = createLibrary();
  library.service.getBook = () => {
    throw thrown;
  };
  return serve(options, library);
}

const dune = { bookId: 'dune' };

test('an outcome is an answer with its error, and with what else the refusal says', async () => {
  const client = grpcClient(await serve());
  await client.lendBook({ bookId: 'emma', idempotencyKey: '1' }, as('ann'));
  const { error, loan, lentTo } = await client.lendBook({ bookId: 'emma', idempotencyKey: '2' }, as('bob'));

  expect(error).toMatchObject({
    code: ErrorCode.ALL_LENT,
    message: 'every copy is lent out',
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    details: [{ field: 'book_id', reason: 'NO_COPY_LEFT', value: 'emma' }],
  });
  expect(loan).toBeUndefined();
  expect(lentTo).toEqual(['ann']);
});

test('where the answer has no error field, an outcome is a status with the error as its one detail', async () => {
  const client = grpcClient(await serve());
  const { status, message, error, detail } = await failureOf(
    client.returnBook({ loanId: '?', idempotencyKey: '1' }, as('ann')),
  );

  expect({ status, message }).toEqual({ status: 'NotFound', message: 'no such loan' });
  expect(error.details).toHaveLength(1);
  expect(detail).toMatchObject({ code: ErrorCode.NOT_FOUND, message: 'no such loan' });
});

test('a handler may also set the error itself: the trace id is filled in', async () => {
  const library = createLibrary();
  library.service.lendBook = () => ({ error: { code: ErrorCode.ALL_LENT, message: 'none left' } });
  const served = await serve({}, library);
  const { error } = await grpcClient(served).lendBook({ ...dune, idempotencyKey: '1' }, as('ann'));

  expect(error?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(served.lines).toMatchObject([{ code: 'ALL_LENT', trace_id: error?.traceId }]);
});

test.each([
  [ErrorCode.BUSY, 'by number'],
  ['BUSY', 'by name'],
  ['ERROR_CODE_BUSY', 'by full name'],
])('a failure names its code %s (%s)', async (code, _how) => {
  const served = await serveThrowing(failure({ code, message: 'too many readers', retryAfterMs: 1500 }));
  const { status, code: name, error } = await failureOf(grpcClient(served).getBook(dune));

  expect({ status, name }).toEqual({ status: 'ResourceExhausted', name: 'BUSY' });
  expect(error.metadata.get('retry-after')).toBe('2');
});

test('SECURITY 32: what went wrong inside stays inside: the caller gets a trace id that is in the log', async () => {
  const fault = new Error('INSERT INTO loans failed at /srv/library/store.ts:12');
  const served = await serveThrowing(fault);
  const { status, code, message, detail, error } = await failureOf(grpcClient(served).getBook(dune));

  expect({ status, code }).toEqual({ status: 'Internal', code: 'INTERNAL' });
  expect(message).toBe(`internal error, trace ${detail?.traceId}`);
  expect(error.metadata.get('x-trace-id')).toBe(detail?.traceId);
  expect(served.lines).toMatchObject([
    {
      level: 50,
      code: 'INTERNAL',
      trace_id: detail?.traceId,
      err: { message: fault.message, stack: fault.stack },
    },
  ]);
});

test.each([
  'a string',
  undefined,
  { code: 3 },
  refuse('NO_SUCH_CODE', 'secret plans'),
  refuse('constructor', 'secret plans'),
])('whatever else is thrown is an internal error: %s', async (thrown) => {
  const { status, message } = await failureOf(grpcClient(await serveThrowing(thrown)).getBook(dune));

  expect(status).toBe('Internal');
  expect(message).toMatch(/^internal error, trace [0-9a-f]{32}$/);
});

test('a ConnectError passes as it is, with the contract’s error added', async () => {
  const thrown = new ConnectError('come back later', Code.Unavailable, { 'x-mark': 'seen' });
  const { status, code, message, error } = await failureOf(
    grpcClient(await serveThrowing(thrown)).getBook(dune),
  );

  expect({ status, code, message }).toEqual({
    status: 'Unavailable',
    code: 'UNAVAILABLE',
    message: 'come back later',
  });
  expect(error.metadata.get('x-mark')).toBe('seen');
});

test('a ConnectError that a failed connection became does not tell where it led', async () => {
  const upstream = createClient(
    LibraryService,
    createConnectTransport({ baseUrl: 'http://127.0.0.1:1', httpVersion: '1.1' }),
  );
  const library = createLibrary();
  library.service.getBook = (request) => upstream.getBook(request);
  const { message, status } = await failureOf(grpcClient(await serve({}, library)).getBook(dune));

  expect(status).toBe('Unavailable');
  expect(message).toMatch(/^unavailable, trace [0-9a-f]{32}$/);
});

test('a method that nobody implements says so', async () => {
  const { status, message } = await failureOf(grpcClient(await serve()).burnBooks({}, as('ann')));

  expect(status).toBe('Unimplemented');
  expect(message).toBe('library.v1.LibraryService/BurnBooks is not implemented');
});

test('without errors of its own, a contract answers with statuses and the details of google.rpc', async () => {
  const served = await serve({ errors: undefined });
  const client = grpcClient(served);
  const missing = await failureOf(client.getBook({ bookId: 'none' }));

  expect(missing.status).toBe('NotFound');
  expect(missing.error.findDetails(RequestInfoSchema)).toMatchObject([
    { requestId: served.lines[0]?.trace_id },
  ]);

  const invalid = await failureOf(client.lendBook({ ...dune, days: 31, idempotencyKey: '1' }, as('ann')));
  expect(invalid.status).toBe('InvalidArgument');
  expect(invalid.error.findDetails(BadRequestSchema)).toMatchObject([
    { fieldViolations: [{ field: 'days', reason: 'INT32_GTE_LTE' }] },
  ]);
  const answer = await fetch(`${served.url}/library.v1.LibraryService/LendBook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...as('ann').headers },
    body: JSON.stringify({ ...dune, days: 31, idempotencyKey: '1' }),
  });
  const { details } = (await answer.json()) as { details: { debug: unknown }[] };
  expect(details.map(({ debug }) => debug)).toEqual([
    {
      fieldViolations: [{ field: 'days', reason: 'INT32_GTE_LTE', description: expect.stringMatching(/\S/) }],
    },
    { requestId: expect.stringMatching(/^[0-9a-f]{32}$/) },
  ]);
  // A code of the contract that is no status is a fault of the handler.
  await client.lendBook({ bookId: 'emma', idempotencyKey: '2' }, as('ann'));
  expect((await failureOf(client.lendBook({ bookId: 'emma', idempotencyKey: '3' }, as('ann')))).status).toBe(
    'Internal',
  );
});

test('an error message without the fields it needs is refused', () => {
  expect(() => errorModel({ error: CauseSchema, codes: ErrorCodeSchema })).toThrow(
    'library.v1.Cause has no field "details"',
  );
});
