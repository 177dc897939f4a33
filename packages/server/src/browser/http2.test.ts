import { expect, test } from 'vitest';
import { ownCertificate } from '../testdata/own-certificate.ts';
import { usePages } from './testdata/open-page.ts';
import type * as functions from './testdata/page/index.ts';
import { serveToPages } from './testdata/serve-to-pages.ts';

/** In the page. */
declare const page: typeof functions;

const pages = usePages();

test('under TLS a page calls and streams over HTTP/2, and has its WebSocket on the same port', async () => {
  const { url } = await serveToPages(pages.app(), { tls: ownCertificate() });
  const { page: tab, complaints } = await pages.open(pages.app());
  const devtools = await tab.createCDPSession();
  const protocols: [path: string, protocol: string | undefined][] = [];
  devtools.on('Network.responseReceived', ({ response }) => {
    protocols.push([new URL(response.url).pathname.replace(/^.*\//, ''), response.protocol]);
  });
  await devtools.send('Network.enable');

  const lend = { bookId: 'dune', idempotencyKey: 'k' };
  const lent = await tab.evaluate(
    (base, request) =>
      page.call(['Connect, JSON', base], 'lendBook', request, { authorization: 'Bearer ann' }),
    url,
    lend,
  );
  expect(lent).toMatchObject({ answer: { loan: { memberId: 'ann' } } });
  expect(await tab.evaluate((base) => page.list('gRPC-Web', base, 2), url)).toEqual(['book-1', 'book-2']);
  expect(
    await tab.evaluate(
      (base) => page.converse(`${base}/ws`, [{ type: 'ping' }], 1),
      url.replace('https', 'wss'),
    ),
  ).toEqual({ frames: [{ type: 'pong' }] });
  await expect
    .poll(() => protocols)
    .toEqual(
      expect.arrayContaining([
        ['LendBook', 'h2'],
        ['ExportBooks', 'h2'],
      ]),
    );
  expect(new Set(protocols.map(([, protocol]) => protocol))).toEqual(new Set(['h2']));
  expect(complaints).toEqual([]);
});
