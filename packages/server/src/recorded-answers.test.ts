import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { callOf, createMemoryIdempotencyStore, type IdempotencyStore, refuse, service } from './index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { ErrorCode } from './testdata/gen/library/v1/errors_pb.js';
import { LendBookResponseSchema, LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { listening } from './testdata/listening.ts';
import { as, grpcClient, serve } from './testdata/serve.ts';

const lend = { bookId: 'dune', idempotencyKey: 'k' };

/** A library whose LendBook records its answer together with its effect, as in one transaction. */
function transacting(store: IdempotencyStore, after: () => void = () => undefined) {
  const library = createLibrary();
  library.service.lendBook = async (request, context) => {
    library.lendings++;
    const loan = { loanId: `loan-${library.lendings}`, memberId: request.memberId, bookId: request.bookId };
    const response = create(LendBookResponseSchema, { loan });
    const record = callOf(context).idempotency ?? expect.fail('the call has no record');
    if (await store.commit(record.write(response))) {
      library.loans.set(loan.loanId, loan);
    }
    after();
    return response;
  };
  return library;
}

test('a handler can record its answer in its own transaction', async () => {
  const memory = createMemoryIdempotencyStore();
  let commits = 0;
  const store: IdempotencyStore = {
    ...memory,
    commit: (write) => {
      commits++;
      return memory.commit(write as never);
    },
  };
  const library = transacting(store);
  const client = grpcClient(await serve({ idempotency: store }, library));
  const answer = await client.lendBook(lend, as('ann'));

  expect(await client.lendBook(lend, as('ann'))).toEqual(answer);
  expect({ commits, lendings: library.lendings }).toEqual({ commits: 1, lendings: 1 });
});

test('an outcome that a handler records itself is complete: it has the trace id of the first call', async () => {
  const store = createMemoryIdempotencyStore();
  const library = createLibrary();
  library.service.lendBook = async (_request, context) => {
    const response = create(LendBookResponseSchema, {
      error: { code: ErrorCode.ALL_LENT, message: 'none left' },
    });
    await store.commit(callOf(context).idempotency?.write(response) as never);
    return response;
  };
  const client = grpcClient(await serve({ idempotency: store }, library));
  const answer = await client.lendBook(lend, as('ann'));

  expect(answer.error?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(await client.lendBook(lend, as('ann'))).toEqual(answer);
});

test('a handler that fails after its transaction still answers what it recorded', async () => {
  const store = createMemoryIdempotencyStore();
  const library = transacting(store, () => {
    throw new Error('the mail server is down');
  });
  const served = await serve({ idempotency: store }, library);
  const { loan } = await grpcClient(served).lendBook(lend, as('ann'));

  expect(loan?.loanId).toBe('loan-1');
  expect(served.lines[0]).toMatchObject({ err: { message: 'the mail server is down' } });
});

test('when another process was faster, its answer is the answer', async () => {
  const store = createMemoryIdempotencyStore();
  const library = createLibrary();
  library.slowness = 20;
  const [one, other] = [
    await serve({ idempotency: store }, library),
    await serve({ idempotency: store }, library),
  ];
  const answers = await Promise.all(
    [one, other].map((served) => grpcClient(served).lendBook(lend, as('ann'))),
  );

  // Both handlers ran: nothing but a transaction of their own could have kept the second from its effect.
  expect(library.lendings).toBe(2);
  expect(answers[0]).toEqual(answers[1]);
});

test('an answer whose transaction did not go through is kept, though the handler comes to the same one again', async () => {
  const store = createMemoryIdempotencyStore();
  const library = createLibrary();
  library.service.lendBook = (request, context) => {
    const { bookId, memberId } = request;
    const answer = () =>
      create(LendBookResponseSchema, { loan: { loanId: `loan-of-${bookId}`, memberId, bookId } });
    // The transaction that this was part of failed: somebody else was faster. Another look finds what they did.
    callOf(context).idempotency?.write(answer());
    library.lendings++;
    return answer();
  };
  const client = grpcClient(await serve({ idempotency: store }, library));
  const [first, again] = [listening('ann'), listening('ann')];
  const answer = await client.lendBook(lend, first.options);

  const { error } = await client.lendBook({ ...lend, bookId: 'emma' }, as('ann'));
  expect(error).toMatchObject({ code: ErrorCode.IDEMPOTENCY_CONFLICT });
  expect(await client.lendBook(lend, again.options)).toEqual(answer);
  expect([first, again].map(({ seen }) => seen.replayed)).toEqual([null, 'true']);
  expect(library.lendings).toBe(1);
});

test.each([{}, { recordsAnswers: ['lendBook' as const] }])(
  'a copy of what a handler has recorded is its own answer, not a replayed one: %j',
  async (options) => {
    const store = createMemoryIdempotencyStore();
    const library = createLibrary();
    library.service.lendBook = async ({ memberId }, context) => {
      const answer = () => create(LendBookResponseSchema, { loan: { loanId: 'loan-1', memberId } });
      await store.commit(callOf(context).idempotency?.write(answer()) as never);
      return answer();
    };
    const services = [service(LibraryService, library.service, options)];
    const client = grpcClient(await serve({ idempotency: store, services }, library));
    const { seen, options: heard } = listening('ann');

    expect((await client.lendBook(lend, heard)).loan?.loanId).toBe('loan-1');
    expect(seen.replayed).toBeNull();
  },
);

/** A library whose LendBook records its answers itself, and is not asked for earlier ones before it runs. */
async function recording() {
  const memory = createMemoryIdempotencyStore();
  let reads = 0;
  const store: IdempotencyStore = {
    ...memory,
    read: (id) => {
      reads++;
      return memory.read(id);
    },
  };
  const library = createLibrary();
  const shelf = { isOpen: true };
  library.service.lendBook = async (request, context) => {
    library.lendings++;
    if (!shelf.isOpen) {
      throw refuse('ALL_LENT', 'none left');
    }
    const loan = { loanId: `loan-${library.lendings}`, memberId: request.memberId, bookId: request.bookId };
    const response = create(LendBookResponseSchema, { loan });
    if (!(await memory.commit(callOf(context).idempotency?.write(response) as never))) {
      throw new Error('the key is taken');
    }
    library.loans.set(loan.loanId, loan);
    return response;
  };
  const services = [service(LibraryService, library.service, { recordsAnswers: ['lendBook'] })];
  const served = await serve({ idempotency: store, services }, library);
  return { client: grpcClient(served), library, shelf, lines: served.lines, reads: () => reads };
}

test('where a handler records its answers itself, a key is not looked for until its transaction finds it taken', async () => {
  const { client, library, shelf, lines, reads } = await recording();
  const [first, again, refused] = [listening('ann'), listening('ann'), listening('ann')];
  const answer = await client.lendBook(lend, first.options);
  expect(reads()).toBe(0);

  expect(await client.lendBook(lend, again.options)).toEqual(answer);
  expect(library.loans.size).toBe(1);
  // What would be a refusal by now is the first answer all the same.
  shelf.isOpen = false;
  expect(await client.lendBook(lend, refused.options)).toEqual(answer);
  expect([first, again, refused].map(({ seen }) => seen.replayed)).toEqual([null, 'true', 'true']);
  const { error } = await client.lendBook({ ...lend, bookId: 'emma' }, as('ann'));
  expect(error).toMatchObject({ code: ErrorCode.IDEMPOTENCY_CONFLICT });
  expect(lines.filter(({ level }) => Number(level) > 30)).toEqual([]);
});

test('where a handler records its answers itself, a refusal that comes first is kept', async () => {
  const { client, library, shelf } = await recording();
  shelf.isOpen = false;
  const answer = await client.lendBook(lend, as('ann'));
  expect(answer.error).toMatchObject({ code: ErrorCode.ALL_LENT });
  shelf.isOpen = true;

  expect(await client.lendBook(lend, as('ann'))).toEqual(answer);
  expect(library.loans.size).toBe(0);
});

test('an effect is told to the caller even if its answer could not be kept', async () => {
  const store: IdempotencyStore = {
    ...createMemoryIdempotencyStore(),
    commit: () => Promise.reject(new Error('disk full')),
  };
  const served = await serve({ idempotency: store });

  expect((await grpcClient(served).lendBook(lend, as('ann'))).loan).toBeDefined();
  expect(served.lines[0]).toMatchObject({ level: 50, err: { message: 'disk full' } });
});

test('a handler cannot record somebody else’s answer', async () => {
  const library = createLibrary();
  library.service.lendBook = (_request, context) => {
    callOf(context).idempotency?.write({ $typeName: 'library.v1.GetBookResponse' });
    return {};
  };
  const served = await serve({}, library);

  expect((await failureOf(grpcClient(served).lendBook(lend, as('ann')))).status).toBe('Internal');
});
