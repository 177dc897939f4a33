import { expect, test } from 'vitest';
import { ErrorCode } from '../testdata/gen/library/v1/errors_pb.js';
import { usePages } from './testdata/open-page.ts';
import type { Protocol } from './testdata/page/clients.ts';
import type * as functions from './testdata/page/index.ts';
import { serveToPages } from './testdata/serve-to-pages.ts';

/** In the page. */
declare const page: typeof functions;

const pages = usePages();
const protocols: readonly Protocol[] = [
  'gRPC-Web',
  'gRPC-Web, JSON',
  'Connect',
  'Connect, JSON',
  'Connect, JSON by GET',
];

test.each(protocols)('a page calls, fails and streams by connect-web, over %s', async (protocol) => {
  const { url } = await serveToPages(pages.app());
  const tab = await pages.open(pages.app());
  const target = [protocol, url] as const;
  const ann = { authorization: 'Bearer ann' };
  const key = { bookId: 'dune', idempotencyKey: 'k' };

  expect(await tab.page.evaluate((to) => page.call(to, 'getBook', { bookId: 'emma' }), target)).toMatchObject(
    {
      answer: { book: { bookId: 'emma', free: 1 } },
      headers: { 'x-trace-id': expect.stringMatching(/^[0-9a-f]{32}$/) },
    },
  );
  const lend = () =>
    tab.page.evaluate(
      (to, request, headers) => page.call(to, 'lendBook', request, headers),
      target,
      key,
      ann,
    );
  expect(await lend()).not.toHaveProperty('headers.idempotent-replayed');
  expect(await lend()).toMatchObject({
    answer: { loan: { loanId: 'loan-1', memberId: 'ann' } },
    headers: { 'idempotent-replayed': 'true' },
  });
  expect(
    await tab.page.evaluate((to) => page.call(to, 'findLoan', { loanId: 'loan-1' }), target),
  ).toMatchObject({ failure: ['Unauthenticated', ErrorCode.UNAUTHENTICATED] });
  // Ann's loan is not there for Bob.
  expect(
    await tab.page.evaluate(
      (to) => page.call(to, 'findLoan', { loanId: 'loan-1' }, { authorization: 'Bearer bob' }),
      target,
    ),
  ).toMatchObject({
    failure: ['NotFound', ErrorCode.NOT_FOUND],
    headers: { 'x-trace-id': expect.stringMatching(/^[0-9a-f]{32}$/) },
  });
});

test.each(protocols)(
  'a page reads a stream to its end, and gives up one without, over %s',
  async (protocol) => {
    const { url } = await serveToPages(pages.app());
    const tab = await pages.open(pages.app());

    expect(await tab.page.evaluate((name, base) => page.list(name, base, 3), protocol, url)).toEqual([
      'book-1',
      'book-2',
      'book-3',
    ]);
    expect(await tab.page.evaluate((name, base) => page.watch(name, base, 5), protocol, url)).toEqual([
      1, 2, 3, 4, 5,
    ]);
  },
);

test('SECURITY 29: a page reads the status of gRPC-Web from headers, where an answer is nothing else', async () => {
  const { url } = await serveToPages(pages.app());
  const tab = await pages.open(pages.app());
  const answer = await tab.page.evaluate(
    (address) =>
      page.ask(address, {
        method: 'POST',
        headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1', 'grpc-timeout': '20S' },
        body: new Uint8Array(5),
      }),
    `${url}/library.v1.LibraryService/Nothing`,
  );

  expect(answer).toMatchObject({
    status: 200,
    headers: { 'grpc-status': '12', 'grpc-message': expect.stringContaining('not%20served') },
  });
});
