import { Code, ConnectError, createContextKey, createContextValues } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import {
  callOf,
  createLocalTransport,
  createServer,
  inherit,
  service,
  serviceCaller,
  userCaller,
} from '../index.ts';
import { failureOf } from '../testdata/failure-of.ts';
import { ErrorCode } from '../testdata/gen/library/v1/errors_pb.js';
import { DeskService, LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../testdata/library.ts';
import { as, grpcClient, recordingLogger, serve } from '../testdata/serve.ts';

const lend = { bookId: 'dune', idempotencyKey: 'k' };

test('calls in this process pass the same policies', async () => {
  const { server, library } = await serve();
  const ann = server.client(LibraryService, { as: userCaller('ann') });
  const { loan } = await ann.lendBook(lend);

  expect(loan?.memberId).toBe('ann');
  expect((await ann.lendBook(lend)).loan).toEqual(loan);
  expect(library.lendings).toBe(1);
  expect((await ann.lendBook({ ...lend, bookId: 'emma' })).error?.code).toBe(ErrorCode.IDEMPOTENCY_CONFLICT);
  expect((await failureOf(ann.lendBook({ ...lend, bookId: '!' }))).code).toBe('INVALID_ARGUMENT');
  expect((await failureOf(ann.lendBook({ ...lend, memberId: 'bob' }))).code).toBe('FORBIDDEN');
  expect((await failureOf(server.client(DeskService, { as: userCaller('ann') }).close({}))).code).toBe(
    'FORBIDDEN',
  );
  expect((await failureOf(ann.wait({ waitMs: 1000 }))).code).toBe('TIMEOUT');
  expect((await ann.getLoan({ loanId: loan?.loanId ?? '' })).loan).toEqual(loan);
  const bob = server.client(LibraryService, { as: userCaller('bob') });
  expect((await bob.getLoan({ loanId: loan?.loanId ?? '' })).error?.code).toBe(ErrorCode.NOT_FOUND);
});

test('calls in this process need no listening server and end with it', async () => {
  const library = createLibrary();
  const local = createLocalTransport();
  const client = local.client(LibraryService, { as: userCaller('ann') });
  expect(await failureOf(client.getBook({ bookId: 'dune' }))).toMatchObject({ status: 'Unavailable' });

  const server = createServer({
    services: [service(LibraryService, library.service)],
    local,
    logger: recordingLogger().logger,
  });
  expect((await client.getBook({ bookId: 'dune' })).book?.free).toBe(3);
  expect((await failureOf(local.client(DeskService, { as: userCaller('ann') }).close({}))).status).toBe(
    'Unimplemented',
  );
  await server.close();
  expect(await failureOf(client.getBook({ bookId: 'dune' }))).toMatchObject({
    status: 'Unavailable',
    message: 'the server is closed',
  });
});

test('a local transport belongs to one server', () => {
  const local = createLocalTransport();
  const { logger } = recordingLogger();
  createServer({ services: [], local, logger });

  expect(() => createServer({ services: [], local, logger })).toThrow(
    'local belongs to another server already',
  );
});

test('services call one another: same trace, remaining time, same cancellation', async () => {
  const local = createLocalTransport();
  const inner = local.client(LibraryService, { as: serviceCaller('desk') });
  const library = createLibrary();
  const seen: string[] = [];
  library.service.getBook = async (_request, context) => {
    const { leftMs, traceId, caller } = await inner.wait({}, inherit(context));
    seen.push(traceId, caller);
    return { book: { free: leftMs } };
  };
  const waiting = Promise.withResolvers<void>();
  library.service.findLoan = async (_request, context) => {
    const waited = inner.wait({ waitMs: 60_000 }, inherit(context));
    waiting.resolve();
    await waited;
    return {};
  };
  // So long that they are not over before a busy machine has come to look.
  const policies = ({ name }: { name: string }) => ({ deadlineMs: name === 'GetBook' ? 15_000 : 30_000 });
  const { logger, lines } = recordingLogger('debug');
  const served = await serve({ local, policies, logger }, library);
  const calls = () => lines.filter(({ msg }) => msg === 'call');
  const client = grpcClient(served);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { book } = await client.getBook({ bookId: 'dune' }, { headers: { traceparent } });

  expect(seen).toEqual(['0af7651916cd43dd8448eb211c80319c', 'service:desk']);
  expect(book?.free).toBeLessThanOrEqual(15_000);
  expect(book?.free).toBeGreaterThan(0);
  expect(calls().map(({ trace_id }) => trace_id)).toEqual([seen[0], seen[0]]);
  // The inner call is part of the outer one, which has a line of its own.
  expect(calls().map(({ level }) => level)).toEqual([20, 30]);

  const gone = new AbortController();
  const call = failureOf(client.findLoan({}, { ...as('ann'), signal: gone.signal }));
  await waiting.promise;
  gone.abort();
  await call;
  await expect
    .poll(() =>
      calls()
        .filter(({ code }) => code === 'CANCELLED')
        .map(({ method }) => method),
    )
    .toEqual(['Wait', 'FindLoan']);
});

test('what a handler leaves unfinished ends with its call, and what it begins after that does not begin', async () => {
  const local = createLocalTransport();
  const inner = local.client(LibraryService, { as: serviceCaller('desk') });
  const library = createLibrary();
  const left: Promise<{ status: string | undefined }>[] = [];
  library.service.getBook = (_request, context) => {
    left.push(failureOf(inner.wait({ waitMs: 250 }, inherit(context))));
    setTimeout(() => left.push(failureOf(inner.wait({}, inherit(context)))), 20);
    return {};
  };
  await serve({ local }, library);
  await inner.getBook({ bookId: 'dune' });
  await expect.poll(() => left.length).toBe(2);

  expect((await Promise.all(left)).map(({ status }) => status)).toEqual(['Canceled', 'Canceled']);
});

test('options that were taken from the call and changed say what they say', async () => {
  const local = createLocalTransport();
  const inner = local.client(LibraryService, { as: serviceCaller('desk') });
  const library = createLibrary();
  const headers = { traceparent: '00-11111111111111111111111111111111-2222222222222222-01' };
  let traceId = '';
  let failure: Promise<{ status: string | undefined }> | undefined;
  library.service.getBook = async (_request, context) => {
    const inherited = inherit(context);
    ({ traceId } = await inner.wait({}, { ...inherited, headers }));
    failure = failureOf(inner.wait({ waitMs: 250 }, { ...inherited, signal: AbortSignal.timeout(20) }));
    await failure;
    return {};
  };
  await serve({ local }, library);
  await inner.getBook({ bookId: 'dune' });

  expect(traceId).toBe('1'.repeat(32));
  expect((await failure)?.status).toBe('Canceled');
});

test('what a call to another server takes, options have as well', async () => {
  const library = createLibrary();
  const local = createLocalTransport();
  library.service.getBook = async (_request, context) => {
    const { signal, headers, timeoutMs } = inherit(context);
    expect(signal).toBe(context.signal);
    expect(headers.traceparent).toContain(callOf(context).traceId);
    expect(inherit(context).headers.traceparent).not.toBe(headers.traceparent);
    expect(timeoutMs).toBeGreaterThan(0);
    return { book: { bookId: 'dune' } };
  };
  await serve({ local }, library);
  const { book } = await local
    .client(LibraryService, { as: serviceCaller('desk') })
    .getBook({ bookId: 'dune' });
  expect(book?.bookId).toBe('dune');
});

test('the deadline of an inner call ends the outer one, too', async () => {
  const local = createLocalTransport();
  const inner = local.client(LibraryService, { as: serviceCaller('desk') });
  const library = createLibrary();
  library.service.findLoan = async (_request, context) => {
    await inner.wait({ waitMs: 60_000 }, inherit(context));
    return {};
  };
  const policies = ({ name }: { name: string }) => ({ deadlineMs: name === 'Wait' ? 100 : 30_000 });
  const served = await serve({ local, policies }, library);

  expect((await failureOf(grpcClient(served).findLoan({}, as('ann')))).code).toBe('TIMEOUT');
});

test('a signal that is aborted already stops a call before its handler', async () => {
  const library = createLibrary();
  let entered = 0;
  library.service.getBook = () => {
    entered++;
    return {};
  };
  const { server } = await serve({}, library);
  const client = server.client(LibraryService, { as: userCaller('ann') });
  const signal = AbortSignal.abort();

  expect((await failureOf(client.lendBook(lend, { signal }))).status).toBe('Canceled');
  expect((await failureOf(client.getBook({ bookId: 'dune' }, { signal }))).status).toBe('Canceled');
  expect([entered, library.lendings]).toEqual([0, 0]);
});

test('headers come and go, and context values reach the handler without getting mixed up', async () => {
  const local = createLocalTransport();
  const mark = createContextKey('unmarked');
  const library = createLibrary();
  library.service.getBook = async ({ bookId }, context) => {
    context.responseHeader.set('x-answer', 'dune');
    context.responseTrailer.set('x-trailer', context.requestHeader.get('x-mark') ?? '');
    if (bookId === 'outer') {
      await inner.getBook({ bookId: 'inner' }, { contextValues: context.values });
    }
    return { book: { title: context.values.get(mark), bookId: callOf(context).caller.id } };
  };
  const inner = local.client(LibraryService, { as: serviceCaller('desk') });
  const { server } = await serve({ local }, library);
  const client = server.client(LibraryService, { as: userCaller('ann') });
  const seen: Record<string, string | null> = {};
  const { book } = await client.getBook(
    { bookId: 'outer' },
    {
      headers: { 'x-mark': 'seen' },
      contextValues: createContextValues().set(mark, 'marked'),
      onHeader: (header) => {
        seen.answer = header.get('x-answer');
        seen.trace = header.get('x-trace-id');
      },
      onTrailer: (trailer) => {
        seen.trailer = trailer.get('x-trailer');
      },
    },
  );

  expect(book).toMatchObject({ title: 'marked', bookId: 'ann' });
  expect(seen).toEqual({ answer: 'dune', trace: expect.stringMatching(/^[0-9a-f]{32}$/), trailer: 'seen' });
});

test('streams work in this process, with their limits', async () => {
  const { server } = await serve();
  const client = server.client(LibraryService, { as: userCaller('ann') });
  async function* titles() {
    yield { title: 'Emma' };
    yield { title: 'Dune' };
  }
  const exported: unknown[] = [];
  for await (const { book } of client.exportBooks({ count: 2 })) {
    exported.push(book?.bookId);
  }
  const watch = async () => {
    for await (const _change of client.watchBook({ bookId: 'dune', everyMs: 60_000 })) {
      // One comes at once, then none.
    }
  };

  expect(exported).toEqual(['book-1', 'book-2']);
  expect(await client.importBooks(titles())).toMatchObject({ count: 2, memberId: 'ann' });
  expect((await failureOf(watch())).message).toBe('the stream was idle for 400 ms');
});

test('what callOf is given must come from this runtime', () => {
  const context = { values: createContextValues(), method: LibraryService.method.getBook };

  expect(() => callOf(context)).toThrow('The context of GetBook was not made by createServer');
});

test('an error of a call in this process reads like one from afar', async () => {
  const { server } = await serve();
  const error = await server
    .client(LibraryService, { as: userCaller('ann') })
    .returnBook({ loanId: '?', idempotencyKey: 'k' })
    .catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(ConnectError);
  expect(ConnectError.from(error).code).toBe(Code.NotFound);
});
