import { expect, test } from 'vitest';
import { failureOf } from './testdata/failure-of.ts';
import { as, grpcClient, recordingLogger, serve } from './testdata/serve.ts';

const lend = { bookId: 'dune', idempotencyKey: 'k' };

test.each([
  [
    'a pattern',
    { bookId: 'no spaces!' },
    { field: 'book_id', reason: 'STRING_PATTERN', value: 'no spaces!' },
  ],
  ['a number', { days: 31 }, { field: 'days', reason: 'INT32_GTE_LTE', value: '31' }],
  [
    'the length of a list',
    { readers: ['a', 'b', 'c', 'd'] },
    { field: 'readers', reason: 'REPEATED_MAX_ITEMS', value: '4 entries' },
  ],
  [
    'an entry of a list',
    { readers: ['a', 'b'.repeat(17)] },
    { field: 'readers[1]', reason: 'STRING_MAX_LEN', value: 'b'.repeat(17) },
  ],
  [
    'two fields together',
    { forever: true, days: 1 },
    { field: '', reason: 'LEND_DAYS_OR_FOREVER', value: '' },
  ],
])('names the field for a broken rule about %s', async (_what, broken, detail) => {
  const served = await serve();
  const failure = await failureOf(grpcClient(served).lendBook({ ...lend, ...broken }, as('ann')));

  expect(failure).toMatchObject({ status: 'InvalidArgument', code: 'INVALID_ARGUMENT' });
  expect(failure.detail?.details).toMatchObject([detail]);
  expect(served.library.lendings).toBe(0);
});

test('tells the whole rule of two fields in words', async () => {
  const failure = await failureOf(
    grpcClient(await serve()).lendBook({ ...lend, forever: true, days: 1 }, as('ann')),
  );

  expect(failure.message).toBe('days must be 0 when forever is set');
});

test('reports every violation, and names the first ones in the message', async () => {
  const broken = {
    ...lend,
    bookId: '!',
    days: 31,
    readers: ['a', 'b', 'c', 'd'],
    cardNumber: '1'.repeat(20),
  };
  const failure = await failureOf(grpcClient(await serve()).lendBook(broken, as('ann')));

  expect(failure.detail?.details.map(({ field }) => field)).toEqual([
    'book_id',
    'days',
    'card_number',
    'readers',
  ]);
  expect(failure.message).toMatch(/^book_id: .*; days: .*; card_number: .*; and 1 more$/);
});

test('what is wrong very often is told a few times at most', async () => {
  const client = grpcClient(await serve());
  const wrong = (count: number) => Array.from({ length: count }, () => 'x'.repeat(17));
  const told = async (readers: string[]) => {
    const failure = await failureOf(client.lendBook({ ...lend, readers }, as('ann')));
    expect(failure.code).toBe('INVALID_ARGUMENT');
    return failure.detail?.details.length;
  };
  // One for the length of the list, one for each entry.
  expect(await told(wrong(4))).toBe(5);
  // An answer that names everything would not fit into the headers that carry it.
  expect(await told(wrong(900))).toBe(20);
  // Nobody looks through so many.
  expect(await told(wrong(20_000))).toBe(1);
});

test('cuts long values short', async () => {
  const failure = await failureOf(
    grpcClient(await serve()).lendBook({ ...lend, bookId: '!'.repeat(5000) }, as('ann')),
  );

  expect(failure.detail?.details[0]?.value).toBe(`${'!'.repeat(64)}…`);
});

test('never repeats a secret, neither to the caller nor to the log', async () => {
  const { logger, lines } = recordingLogger('debug');
  const secrets = { cardNumber: '4111 1111 1111 1111 1', wrapping: { inner: { boxCode: 'sesame' } } };
  const client = grpcClient(await serve({ logger }));
  const failure = await failureOf(client.lendBook({ ...lend, ...secrets }, as('ann')));

  expect(failure.detail?.details).toMatchObject([
    { field: 'card_number', value: '' },
    { field: 'wrapping.inner.box_code', value: '' },
  ]);
  const said = JSON.stringify([failure.error, failure.detail, lines], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(said).toContain('[secret]');
  expect(said).not.toMatch(/4111|sesame/);
});

test('a valid request passes', async () => {
  const request = { ...lend, days: 30, readers: ['a', 'b', 'c'], cardNumber: '1'.repeat(19) };

  expect((await grpcClient(await serve()).lendBook(request, as('ann'))).loan).toBeDefined();
});

test('every message of a client stream is checked', async () => {
  async function* titles() {
    yield { title: 'Emma' };
    yield { title: '' };
  }
  const failure = await failureOf(grpcClient(await serve()).importBooks(titles(), as('ann')));

  expect(failure).toMatchObject({ status: 'InvalidArgument', code: 'INVALID_ARGUMENT' });
});

test('a stream is refused like any other call', async () => {
  const client = grpcClient(await serve());
  const watch = async () => {
    for await (const _change of client.watchBook({ bookId: '' })) {
      return 'watching';
    }
    return 'ended';
  };

  expect((await failureOf(watch())).code).toBe('INVALID_ARGUMENT');
});

test('without the full descriptors there are no rules to enforce', async () => {
  const served = await serve({ descriptors: undefined });

  expect((await grpcClient(served).lendBook({ ...lend, days: 31 }, as('ann'))).loan).toBeDefined();
});
