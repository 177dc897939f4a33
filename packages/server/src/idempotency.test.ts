import { Auth } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { refuse } from './index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { ErrorCode } from './testdata/gen/library/v1/errors_pb.js';
import { createLibrary } from './testdata/library.ts';
import { listening } from './testdata/listening.ts';
import { as, grpcClient, serve } from './testdata/serve.ts';

const lend = { bookId: 'dune', idempotencyKey: 'k' };

test('the same request with the same key gets the first answer, marked, and has no second effect', async () => {
  const served = await serve();
  const client = grpcClient(served);
  const [first, second] = [listening('ann'), listening('ann')];
  const answer = await client.lendBook({ ...lend, labels: { a: '1', b: '2' } }, first.options);
  // Written in another order, by another attempt: the same request all the same.
  const again = await client.lendBook(
    { ...lend, labels: { b: '2', a: '1' }, attempt: { number: '2' } },
    second.options,
  );

  expect(again).toEqual(answer);
  expect([first.seen.replayed, second.seen.replayed]).toEqual([null, 'true']);
  expect(served.library.lendings).toBe(1);
  expect(served.library.free.get('dune')).toBe(2);
});

test('SECURITY 11: another request with the same key is a conflict and has no effect', async () => {
  const served = await serve();
  const client = grpcClient(served);
  await client.lendBook(lend, as('ann'));
  const { error, loan } = await client.lendBook({ ...lend, bookId: 'emma' }, as('ann'));

  expect(error).toMatchObject({
    code: ErrorCode.IDEMPOTENCY_CONFLICT,
    details: [{ field: 'idempotency_key', reason: 'KEY_REUSED' }],
  });
  expect(loan).toBeUndefined();
  expect(served.library.free.get('emma')).toBe(1);
});

test('a conflict is a status where the answer has no error', async () => {
  const served = await serve();
  const client = grpcClient(served);
  const lent = [
    await client.lendBook(lend, as('ann')),
    await client.lendBook({ ...lend, idempotencyKey: 'l' }, as('ann')),
  ];
  const [first, second] = lent.map(({ loan }) => loan?.loanId ?? '');
  await client.returnBook({ loanId: first ?? '', idempotencyKey: 'k' }, as('ann'));

  expect(
    await failureOf(client.returnBook({ loanId: second ?? '', idempotencyKey: 'k' }, as('ann'))),
  ).toMatchObject({
    status: 'AlreadyExists',
    code: 'IDEMPOTENCY_CONFLICT',
  });
  expect(served.library.loans.has(second ?? '')).toBe(true);
});

test('SECURITY 10: a key belongs to one caller and one method', async () => {
  const served = await serve();
  const client = grpcClient(served);
  const anns = await client.lendBook(lend, as('ann'));
  const bobs = await client.lendBook(lend, as('bob'));

  expect(served.library.lendings).toBe(2);
  expect(bobs.loan?.loanId).not.toBe(anns.loan?.loanId);
  expect(
    await client.returnBook({ loanId: anns.loan?.loanId ?? '', idempotencyKey: 'k' }, as('ann')),
  ).toMatchObject({ free: 2 });
});

test('SECURITY 12: many at once have one effect and get the same answer', async () => {
  const served = await serve();
  served.library.slowness = 50;
  const client = grpcClient(served);
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.lendBook(lend, as('ann'))));

  expect(served.library.lendings).toBe(1);
  expect(new Set(answers.map(({ loan }) => loan?.loanId))).toEqual(new Set(['loan-1']));
});

test('another request is refused while the first is still running', async () => {
  const served = await serve();
  served.library.slowness = 200;
  const client = grpcClient(served);
  const first = client.lendBook(lend, as('ann'));
  await expect.poll(() => served.library.lendings).toBe(1);

  expect((await client.lendBook({ ...lend, days: 3 }, as('ann'))).error?.code).toBe(
    ErrorCode.IDEMPOTENCY_CONFLICT,
  );
  expect((await first).loan).toBeDefined();
});

test('a waiting call gives up when its own time is over', async () => {
  const served = await serve();
  served.library.slowness = 300;
  const client = grpcClient(served);
  const first = client.lendBook(lend, as('ann'));
  await expect.poll(() => served.library.lendings).toBe(1);

  expect((await failureOf(client.lendBook(lend, { ...as('ann'), timeoutMs: 50 }))).status).toBe(
    'DeadlineExceeded',
  );
  expect((await first).loan).toBeDefined();
});

test('a refusal is an answer: it is replayed although it would not be refused any more', async () => {
  const served = await serve();
  const client = grpcClient(served);
  served.library.free.set('dune', 0);
  const refused = await client.lendBook(lend, as('ann'));
  served.library.free.set('dune', 1);
  const again = listening('ann');

  expect(refused.error?.code).toBe(ErrorCode.ALL_LENT);
  expect(await client.lendBook(lend, again.options)).toEqual(refused);
  expect(again.seen.replayed).toBe('true');
  expect(served.library.lendings).toBe(1);
});

test('an outcome that may pass by itself is not kept: the next attempt is a real one', async () => {
  const library = createLibrary();
  const lendBook = library.service.lendBook ?? expect.fail('no lendBook');
  let attempts = 0;
  library.service.lendBook = (request, context) => {
    if (++attempts === 1) {
      throw refuse('CONTENDED', 'somebody else was faster');
    }
    return lendBook(request, context);
  };
  const client = grpcClient(await serve({}, library));
  expect((await client.lendBook(lend, as('ann'))).error?.code).toBe(ErrorCode.CONTENDED);
  expect((await client.lendBook(lend, as('ann'))).loan).toBeDefined();
  expect(attempts).toBe(2);
});

test.each([
  ['a failure', refuse('BUSY', 'too many readers')],
  ['a fault', new Error('disk full')],
])('%s is not kept: the key can be used again', async (_what, thrown) => {
  const served = await serve();
  const client = grpcClient(served);
  served.library.before = () => {
    throw thrown;
  };
  await failureOf(client.lendBook(lend, as('ann')));
  served.library.before = undefined;

  expect((await client.lendBook(lend, as('ann'))).loan).toBeDefined();
  expect(served.library.lendings).toBe(2);
});

test('a handler goes on without its client, and the answer is kept for the next attempt', async () => {
  const served = await serve();
  served.library.slowness = 150;
  const client = grpcClient(served);
  // From here on there is a connection, and little time is spent on the way.
  await client.getBook({ bookId: 'dune' });
  const timedOut = await failureOf(client.lendBook(lend, { ...as('ann'), timeoutMs: 50 }));
  const gone = new AbortController();
  const cancelled = failureOf(
    client.lendBook({ ...lend, idempotencyKey: 'l' }, { ...as('ann'), signal: gone.signal }),
  );
  await expect.poll(() => served.library.lendings).toBe(2);
  gone.abort();

  expect(timedOut.status).toBe('DeadlineExceeded');
  expect((await cancelled).status).toBe('Canceled');
  const again = [listening('ann'), listening('ann')] as const;
  expect((await client.lendBook(lend, again[0].options)).loan).toBeDefined();
  expect((await client.lendBook({ ...lend, idempotencyKey: 'l' }, again[1].options)).loan).toBeDefined();
  expect(again.map(({ seen }) => seen.replayed)).toEqual(['true', 'true']);
  expect(served.library.lendings).toBe(2);
});

test('authorization comes before replay', async () => {
  const served = await serve();
  const client = grpcClient(served);
  await client.lendBook(lend, as('ann'));

  expect((await failureOf(client.lendBook(lend))).code).toBe('UNAUTHENTICATED');
  expect((await failureOf(client.lendBook({ ...lend, memberId: 'ann' }, as('bob')))).code).toBe('FORBIDDEN');
});

test('an answer is forgotten after its time', async () => {
  let now = Date.now();
  const served = await serve({ clock: () => now });
  const client = grpcClient(served);
  await client.lendBook(lend, as('ann'));
  now += 60_000;
  await client.lendBook(lend, as('ann'));

  expect(served.library.lendings).toBe(2);
});

test('a missing key is refused, or warned about, as the profile says', async () => {
  const strict = await serve();
  const failure = await failureOf(grpcClient(strict).lendBook({ bookId: 'dune' }, as('ann')));
  expect(failure).toMatchObject({ status: 'InvalidArgument', code: 'IDEMPOTENCY_REQUIRED' });
  expect(strict.library.lendings).toBe(0);

  const dev = await serve({ profile: { requireCredentials: true, requireIdempotencyKey: false } });
  let warning: string | null = null;
  const onHeader = (header: Headers) => {
    warning = header.get('warning');
  };
  await grpcClient(dev).lendBook({ bookId: 'dune' }, { ...as('ann'), onHeader });
  await grpcClient(dev).lendBook({ bookId: 'dune' }, as('ann'));
  expect(warning).toBe('199 - "idempotency_key is empty: a repeated call has a second effect"');
  expect(dev.library.lendings).toBe(2);
});

test.each(['x'.repeat(256), 'tab\there', 'schlüssel'])(
  'SECURITY 14: a key that is too long or not printable is refused: %s',
  async (key) => {
    const failure = await failureOf(
      grpcClient(await serve()).lendBook({ ...lend, idempotencyKey: key }, as('ann')),
    );

    expect(failure.code).toBe('INVALID_ARGUMENT');
    expect(failure.detail?.details).toMatchObject([{ field: 'idempotency_key', reason: 'KEY_MALFORMED' }]);
  },
);

test('SECURITY 14: where keys have to be UUIDs, those of users do, and those of services need not', async () => {
  const served = await serve({
    profile: { requireCredentials: true, requireIdempotencyKey: true, requireUuidKeys: true },
  });
  const client = grpcClient(served);
  const failure = await failureOf(client.lendBook({ ...lend, idempotencyKey: 'order-1' }, as('ann')));
  expect(failure.code).toBe('INVALID_ARGUMENT');
  expect(failure.detail?.details).toMatchObject([{ field: 'idempotency_key', reason: 'KEY_NOT_UUID' }]);
  expect(served.library.lendings).toBe(0);

  await client.lendBook({ ...lend, idempotencyKey: '0199d1f0-6b1e-7c3a-9c55-2f0b3a4d5e6f' }, as('ann'));
  await client.lendBook({ ...lend, memberId: 'ann', idempotencyKey: 'order-1/lend' }, as('van'));
  expect(served.library.lendings).toBe(2);
});

test('SECURITY 14: nothing but the key tells callers without credentials apart, so theirs have to be UUIDs, too', async () => {
  const served = await serve({
    profile: { requireCredentials: true, requireIdempotencyKey: true, requireUuidKeys: true },
    policies: ({ name }) => (name === 'LendBook' ? { auth: Auth.PUBLIC } : undefined),
  });
  const client = grpcClient(served);
  const failure = await failureOf(client.lendBook({ ...lend, idempotencyKey: 'order-1' }));
  expect(failure.detail?.details).toMatchObject([{ field: 'idempotency_key', reason: 'KEY_NOT_UUID' }]);
  expect(served.library.lendings).toBe(0);

  await client.lendBook({ ...lend, idempotencyKey: crypto.randomUUID() });
  await client.lendBook({ ...lend, idempotencyKey: crypto.randomUUID() });
  expect(served.library.lendings).toBe(2);
});
