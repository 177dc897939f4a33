import { expect, test } from 'vitest';
import { usePages } from './testdata/open-page.ts';
import type * as functions from './testdata/page/index.ts';
import { serveToPages } from './testdata/serve-to-pages.ts';

/** In the page. */
declare const page: typeof functions;

const pages = usePages();
const watchBook = 'library.v1.LibraryService/WatchBook';
const subscribe = { type: 'subscribe', id: 'a', method: watchBook, request: { bookId: 'dune', everyMs: 10 } };

test('a page of an allowed origin shows a token, subscribes and reads messages by WebSocket', async () => {
  const { url, library } = await serveToPages(pages.app());
  library.loans.set('l1', { loanId: 'l1', memberId: 'ann', bookId: 'dune' });
  const tab = await pages.open(pages.app());
  const { frames } = await tab.page.evaluate(
    (base, first, second) => page.converse(`${base}/ws`, [first, second], 4),
    url.replace('http', 'ws'),
    { type: 'authenticate', token: 'ann' },
    subscribe,
  );

  expect(frames).toEqual([
    { type: 'subscribed', id: 'a' },
    ...[1, 2, 3].map((sequence) =>
      expect.objectContaining({
        type: 'message',
        id: 'a',
        message: { sequence, loan: { loanId: 'l1', memberId: 'ann', bookId: 'dune' } },
      }),
    ),
  ]);
  expect(tab.complaints).toEqual([]);
});

test('a page that only listens stays connected, for its browser answers the heartbeat', async () => {
  const heartbeatMs = 1_500;
  const { url } = await serveToPages(pages.app(), { webSocket: { heartbeatMs } });
  const tab = await pages.open(pages.app());
  const conversation = await tab.page.evaluate(
    (base, frame) => page.converse(`${base}/ws`, [frame], 3),
    url.replace('http', 'ws'),
    {
      type: 'subscribe',
      id: 'a',
      method: 'library.v1.LibraryService/ExportBooks',
      // Who does not answer is gone after two heartbeats.
      request: { count: 1, everyMs: 3 * heartbeatMs },
    },
  );

  expect(conversation.closed).toBeUndefined();
  expect(conversation.frames.map(({ type }) => type)).toEqual(['subscribed', 'message', 'end']);
});

test('a page asks whether the server is there', async () => {
  const { url } = await serveToPages(pages.app());
  const tab = await pages.open(pages.app());

  expect(
    await tab.page.evaluate(
      (base) => page.converse(`${base}/ws`, [{ type: 'ping' }], 1),
      url.replace('http', 'ws'),
    ),
  ).toEqual({ frames: [{ type: 'pong' }] });
});

test('SECURITY 29: a page of another origin gets no WebSocket', async () => {
  const { url } = await serveToPages(pages.app());
  const tab = await pages.open(pages.foreign());

  expect(
    await tab.page.evaluate(
      (base, frame) => page.converse(`${base}/ws`, [frame], 1),
      url.replace('http', 'ws'),
      subscribe,
    ),
  ).toEqual({ frames: [], closed: 1006 });
  expect(tab.complaints.join()).toContain('Unexpected response code: 403');
});
