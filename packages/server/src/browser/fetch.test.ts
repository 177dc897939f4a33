import { expect, test } from 'vitest';
import { userCaller } from '../caller.ts';
import { serveMail } from '../websocket/testdata/serve-mail.ts';
import { usePages } from './testdata/open-page.ts';
import type * as functions from './testdata/page/index.ts';
import { serveToPages } from './testdata/serve-to-pages.ts';

/** In the page. */
declare const page: typeof functions;

const pages = usePages();

test('SECURITY 29: a page of an allowed origin calls by Connect in JSON, and reads what the answer carries', async () => {
  const { url } = await serveToPages(pages.app());
  const tab = await pages.open(pages.app());
  const lend = () =>
    tab.page.evaluate(
      (base) =>
        page.ask(`${base}/library.v1.LibraryService/LendBook`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'connect-protocol-version': '1',
            'connect-timeout-ms': '20000',
            authorization: 'Bearer ann',
          },
          body: JSON.stringify({ bookId: 'dune', idempotencyKey: 'k' }),
        }),
      url,
    );

  const [first, again] = [await lend(), await lend()];
  expect(first).toMatchObject({
    status: 200,
    headers: { 'x-trace-id': expect.stringMatching(/^[0-9a-f]{32}$/) },
    text: '{"loan":{"loanId":"loan-1","memberId":"ann","bookId":"dune"}}',
  });
  expect(first).not.toMatchObject({ headers: { 'idempotent-replayed': 'true' } });
  expect(again).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
  expect(tab.complaints).toEqual([]);
});

test('SECURITY 29: a page of an allowed origin calls by Connect GET', async () => {
  const { url } = await serveToPages(pages.app());
  const tab = await pages.open(pages.app());
  const message = encodeURIComponent('{"bookId":"emma"}');
  const query = `connect=v1&encoding=json&message=${message}`;

  const answer = await tab.page.evaluate(
    (address) => page.ask(address),
    `${url}/library.v1.LibraryService/GetBook?${query}`,
  );
  expect(answer).toMatchObject({ status: 200, text: '{"book":{"bookId":"emma","title":"emma","free":1}}' });
});

test('SECURITY 29: a page of an allowed origin calls by REST, with credentials and a key, and reads what answers carry', async () => {
  const { url, mailbox } = await serveMail({
    cors: { origins: [pages.app()], responseHeaders: ['x-left'] },
    authenticate: ({ header }) =>
      header.get('authorization') === 'Bearer ann' ? userCaller('ann', ['mail.send']) : undefined,
  });
  const tab = await pages.open(pages.app());
  const sent = await tab.page.evaluate(
    (base) =>
      page.ask(`${base}/v1/boxes/ann/letters`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer ann',
          'idempotency-key': 'k-1',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        },
        body: JSON.stringify({ letter: { letterId: 'l', text: 'hi', postage: 1, weight: 1, serial: '1' } }),
      }),
    url,
  );
  const read = await tab.page.evaluate((base) => page.ask(`${base}/v1/boxes/ann/letters/l1`), url);
  const gone = await tab.page.evaluate((base) => page.ask(`${base}/v1/boxes/nobody/letters/l1`), url);

  expect(sent).toMatchObject({
    status: 201,
    headers: { 'x-trace-id': '0af7651916cd43dd8448eb211c80319c', 'x-left': '9' },
  });
  // Not on the list of what pages may read.
  expect(sent).not.toHaveProperty('headers.x-key');
  expect(mailbox.calls[0]?.requestHeader.get('idempotency-key')).toBe('k-1');
  expect(read).toMatchObject({ status: 200, text: expect.stringContaining('"text":"for ann"') });
  expect(gone).toMatchObject({ status: 410, headers: { 'retry-after': '9' } });
});

test('SECURITY 29: a page of another origin can neither send what has to be asked for, nor read any answer', async () => {
  const { url, library } = await serveToPages(pages.app());
  const tab = await pages.open(pages.foreign());
  const get = `${url}/library.v1.LibraryService/GetBook?connect=v1&encoding=json&message=${encodeURIComponent('{"bookId":"emma"}')}`;
  const lend = (more: RequestInit) =>
    tab.page.evaluate(
      (address, init) => page.ask(address, init),
      `${url}/library.v1.LibraryService/LendBook`,
      { method: 'POST', body: JSON.stringify({ bookId: 'dune', idempotencyKey: 'k' }), ...more },
    );

  expect(await tab.page.evaluate((address) => page.ask(address), get)).toMatch(/Failed to fetch/);
  expect(await lend({ headers: { 'content-type': 'application/json' } })).toMatch(/Failed to fetch/);
  expect(
    await lend({ headers: { 'content-type': 'application/json', authorization: 'Bearer ann' } }),
  ).toMatch(/Failed to fetch/);
  // Sent without asking, as a form would be: no protocol of a call, so nothing happens.
  expect(await lend({ mode: 'no-cors' })).toMatchObject({ status: 0, text: '' });
  expect(library.lendings).toBe(0);
  expect(tab.complaints.filter((text) => text.includes('blocked by CORS policy'))).toHaveLength(3);
});

test('SECURITY 29: every origin, but never with credentials', async () => {
  const { url } = await serveToPages('*');
  const tab = await pages.open(pages.foreign());
  const ask = (credentials: RequestCredentials) =>
    tab.page.evaluate(
      (address, init) => page.ask(address, init),
      `${url}/library.v1.LibraryService/GetBook`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"bookId":"emma"}',
        credentials,
      },
    );

  expect(await ask('omit')).toMatchObject({ status: 200 });
  expect(await ask('include')).toMatch(/Failed to fetch/);
});

test('SECURITY 29: cookies come from pages of origins that are allowed by name, where credentials are', async () => {
  const cookies: (string | null)[] = [];
  const { url } = await serveToPages(pages.app(), {
    cors: { origins: [pages.app()], credentials: true },
    authenticate: ({ header }) => {
      cookies.push(header.get('cookie'));
      return undefined;
    },
  });
  const ask = async (origin: string) => {
    const tab = await pages.open(origin);
    await tab.page
      .browserContext()
      .setCookie({ name: 'session', value: 'ann', domain: '127.0.0.1', path: '/' });
    return tab.page.evaluate(
      (address) =>
        page.ask(address, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"bookId":"emma"}',
          credentials: 'include',
        }),
      `${url}/library.v1.LibraryService/GetBook`,
    );
  };

  expect(await ask(pages.app())).toMatchObject({ status: 200 });
  expect(await ask(pages.foreign())).toMatch(/Failed to fetch/);
  expect(cookies).toEqual(['session=ann']);
});
