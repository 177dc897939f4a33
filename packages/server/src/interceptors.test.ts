import { Code, ConnectError, createClient, createContextKey, type Interceptor } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { failureOf } from './testdata/failure-of.ts';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, serve, transports } from './testdata/serve.ts';

const tagKey = createContextKey('none');

/** Writes down what passes. */
function recorder(name: string, seen: string[]): Interceptor {
  return (next) => async (request) => {
    seen.push(`${name} ${request.method.name}${request.stream ? ' stream' : ''}`);
    try {
      const response = await next(request);
      response.header.append('x-passed', name);
      return response;
    } catch (reason) {
      seen.push(`${name} ${Code[ConnectError.from(reason).code]}`);
      throw reason;
    }
  };
}

test.each(Object.entries(transports))(
  'interceptors stand around unary calls and streams, by %s',
  async (_name, transport) => {
    const seen: string[] = [];
    const served = await serve({ interceptors: [recorder('outer', seen), recorder('inner', seen)] });
    const client = createClient(LibraryService, transport(served.url));

    let passed: string | null = null;
    await client.getBook(
      { bookId: 'dune' },
      {
        onHeader: (header) => {
          passed = header.get('x-passed');
        },
      },
    );
    expect(passed).toBe('inner, outer');
    for await (const _ of client.exportBooks({ count: 1 })) {
      // All of it.
    }
    expect(seen).toEqual([
      'outer GetBook',
      'inner GetBook',
      'outer ExportBooks stream',
      'inner ExportBooks stream',
    ]);
  },
);

test('an interceptor changes requests and answers, hands values on, and sees what policies refuse', async () => {
  const seen: string[] = [];
  const library = createLibrary();
  const { getBook } = library.service;
  library.service.getBook = (request, context) => {
    seen.push(`handler ${request.bookId} ${context.values.get(tagKey)}`);
    return getBook?.(request, context) ?? expect.fail();
  };
  const changing: Interceptor = (next) => async (request) => {
    request.contextValues.set(tagKey, 'tagged');
    if (!request.stream && request.method.name === 'GetBook') {
      const response = await next({ ...request, message: { ...request.message, bookId: 'dune' } as never });
      return response.stream
        ? response
        : { ...response, message: { ...response.message, book: undefined } as never };
    }
    return next(request);
  };
  const served = await serve({ interceptors: [recorder('outer', seen), changing] }, library);
  const client = createClient(LibraryService, transports['gRPC over HTTP/2']?.(served.url) ?? expect.fail());

  expect((await client.getBook({ bookId: 'emma' })).book).toBeUndefined();
  expect((await failureOf(client.getLoan({ loanId: 'l1' }))).status).toBe('Unauthenticated');
  expect(seen).toEqual(['outer GetBook', 'handler dune tagged', 'outer GetLoan', 'outer Unauthenticated']);
});

test('what an interceptor refuses never reaches policies or handlers', async () => {
  const library = createLibrary();
  const served = await serve(
    { interceptors: [() => () => Promise.reject(new ConnectError('closed today', Code.Unavailable))] },
    library,
  );
  const client = createClient(
    LibraryService,
    transports['Connect over HTTP/1.1']?.(served.url) ?? expect.fail(),
  );
  const failure = await failureOf(client.lendBook({ bookId: 'dune', idempotencyKey: 'k' }, as('ann')));
  expect(failure.status).toBe('Unavailable');
  expect(library.lendings).toBe(0);
});
