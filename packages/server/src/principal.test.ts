import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { failureOf } from './testdata/failure-of.ts';
import { ErrorCode } from './testdata/gen/library/v1/errors_pb.js';
import { DeskService, LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, grpcClient, type Served, serve } from './testdata/serve.ts';

const lenient = { requireCredentials: false, requireIdempotencyKey: false };

function desk({ url }: Served) {
  return createClient(DeskService, createGrpcTransport({ baseUrl: url }));
}

/** A library with one loan of Ann's and one of Bob's. */
async function serveLoans(options = {}) {
  const library = createLibrary();
  library.loans.set('a', { loanId: 'a', memberId: 'ann', bookId: 'dune' });
  library.loans.set('b', { loanId: 'b', memberId: 'bob', bookId: 'emma' });
  return serve(options, library);
}

test('an empty principal is filled from the caller', async () => {
  const { loan } = await grpcClient(await serve()).lendBook(
    { bookId: 'dune', idempotencyKey: 'k' },
    as('ann'),
  );

  expect(loan?.memberId).toBe('ann');
});

test('a service is no user: it stands for nobody but the one it names', async () => {
  const client = desk(await serve());

  expect((await client.restock({}, as('van'))).memberId).toBe('');
  expect((await client.restock({ memberId: 'bob' }, as('van'))).memberId).toBe('bob');
});

test('another’s id is refused, unless the caller acts for anyone', async () => {
  const served = await serve();
  const client = grpcClient(served);
  const forBob = { bookId: 'dune', memberId: 'bob', idempotencyKey: 'k' };
  const failure = await failureOf(client.lendBook(forBob, as('ann')));

  expect(failure).toMatchObject({ status: 'PermissionDenied', code: 'FORBIDDEN' });
  expect(failure.detail?.details).toMatchObject([{ field: 'member_id', reason: 'NOT_THE_CALLER' }]);
  expect(served.library.lendings).toBe(0);
  expect((await failureOf(client.lendBook({ ...forBob, memberId: 'ann' }, as('impostor')))).code).toBe(
    'FORBIDDEN',
  );
  expect((await client.lendBook(forBob, as('chief'))).loan?.memberId).toBe('bob');
});

test('without credentials, the user named in the request is the caller', async () => {
  const client = grpcClient(await serveLoans({ profile: lenient }));

  expect((await client.getLoan({ loanId: 'a', memberId: 'ann' })).loan?.loanId).toBe('a');
  expect((await client.getLoan({ loanId: 'a', memberId: 'bob' })).error?.code).toBe(ErrorCode.NOT_FOUND);
  expect((await client.getLoan({ loanId: 'a' })).loan?.loanId).toBe('a');
  expect((await client.wait({})).caller).toBe('anonymous:');
});

test('SECURITY 7: another’s resource is not found: as an outcome, or as a status where the answer has no error', async () => {
  const client = grpcClient(await serveLoans());

  expect((await client.getLoan({ loanId: 'a' }, as('ann'))).loan?.loanId).toBe('a');
  const theirs = await client.getLoan({ loanId: 'a' }, as('bob'));
  expect(theirs.loan).toBeUndefined();
  expect(theirs.error?.code).toBe(ErrorCode.NOT_FOUND);
  expect((await client.findLoan({ loanId: 'a' }, as('ann'))).loan?.loanId).toBe('a');
  expect(await failureOf(client.findLoan({ loanId: 'a' }, as('bob')))).toMatchObject({
    status: 'NotFound',
    code: 'NOT_FOUND',
  });
  expect((await client.findLoan({ loanId: 'a' }, as('chief'))).loan?.loanId).toBe('a');
  expect((await failureOf(client.findLoan({ loanId: 'a' }, as('impostor')))).status).toBe('NotFound');
});

test('SECURITY 8: a list leaves out what is another’s, and the handler’s own objects stay whole', async () => {
  const served = await serveLoans();
  const client = grpcClient(served);

  const own = await client.listLoans({}, as('ann'));
  expect(own.loans.map((loan) => loan.loanId)).toEqual(['a']);
  expect(Object.keys(own.byBook)).toEqual(['dune']);
  const all = await client.listLoans({}, as('chief'));
  expect(all.loans.map((loan) => loan.loanId)).toEqual(['a', 'b']);
  expect(Object.keys(all.byBook)).toEqual(['dune', 'emma']);
});

test('a resource in a oneof is held back like any other', async () => {
  const library = createLibrary();
  const last = { loanId: 'a', memberId: 'ann', bookId: 'dune' };
  library.service.listLoans = () => ({ extra: { case: 'last', value: last } });
  const client = grpcClient(await serve({}, library));

  expect((await client.listLoans({}, as('ann'))).extra).toMatchObject({ case: 'last', value: last });
  expect((await failureOf(client.listLoans({}, as('bob')))).status).toBe('NotFound');
  library.service.listLoans = () => ({ extra: { case: 'count', value: 2 } });
  expect((await grpcClient(await serve({}, library)).listLoans({}, as('bob'))).extra.value).toBe(2);
});

test('a stream ends when it comes to what is another’s', async () => {
  const served = await serveLoans();
  const client = grpcClient(served);
  const watch = async (bookId: string, name: string) => {
    for await (const { loan } of client.watchBook({ bookId, everyMs: 10 }, as(name))) {
      return loan;
    }
    return undefined;
  };

  expect((await watch('dune', 'ann'))?.loanId).toBe('a');
  expect((await failureOf(watch('dune', 'bob'))).status).toBe('NotFound');
});

test('an anonymous caller cannot name a user where credentials count', async () => {
  const library = createLibrary();
  const policies = ({ name }: { name: string }) => (name === 'LendBook' ? ({ auth: 1 } as const) : undefined);
  const client = grpcClient(await serve({ policies }, library));

  expect(
    await failureOf(client.lendBook({ bookId: 'dune', memberId: 'ann', idempotencyKey: 'k' })),
  ).toMatchObject({
    status: 'Unauthenticated',
    code: 'UNAUTHENTICATED',
  });
  expect(library.lendings).toBe(0);
});

test('what belongs to nobody is not everybody’s', async () => {
  const library = createLibrary();
  library.loans.set('n', { loanId: 'n', memberId: '', bookId: 'dune' });
  const client = grpcClient(await serve({ policies: () => ({ auth: 1 as const }) }, library));

  expect((await client.getLoan({ loanId: 'n' })).error?.code).toBe(ErrorCode.NOT_FOUND);
  expect((await client.getLoan({ loanId: 'n' }, as('chief'))).loan?.loanId).toBe('n');
});

test('the principal of every message of a client stream is checked', async () => {
  const client = grpcClient(await serve());
  async function* brought(...by: string[]) {
    for (const memberId of by) {
      yield { title: 'Emma', memberId };
    }
  }

  expect(await client.importBooks(brought('', 'ann'), as('ann'))).toMatchObject({
    count: 2,
    memberId: 'ann',
  });
  expect((await failureOf(client.importBooks(brought('ann', 'bob'), as('ann')))).code).toBe('FORBIDDEN');
});

test('a request in this process is not changed for its sender', async () => {
  const { server } = await serve();
  const local = server.client(LibraryService, {
    as: { kind: 'user', id: 'ann', scopes: [], actsForAnyone: false },
  });
  const request = { $typeName: 'library.v1.GetLoanRequest', loanId: 'a', memberId: '' } as const;
  await local.getLoan(request);

  expect(request.memberId).toBe('');
});
