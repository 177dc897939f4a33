import { expect, test } from 'vitest';
import { serveMail } from '../websocket/testdata/serve-mail.ts';
import { usePages } from './testdata/open-page.ts';
import type * as functions from './testdata/page/index.ts';

/** In the page. */
declare const page: typeof functions;

const pages = usePages();
const letter = (number: number) => ({
  id: `${number}`,
  data: expect.objectContaining({
    sequence: `${number}`,
    letter: expect.objectContaining({ letterId: `l${number}` }),
  }),
});

test('a page follows a stream by EventSource, and goes on by itself where a connection ended', async () => {
  const { url, mailbox } = await serveMail({ cors: { origins: [pages.app()] } });
  const tab = await pages.open(pages.app());
  const seen = await tab.page.evaluate((base) => page.listen(`${base}/v1/boxes/short/letters:watch`, 4), url);

  // The first connection ends after two.
  expect(seen).toEqual([1, 2, 3, 4].map(letter));
  expect(mailbox.calls.map(({ requestHeader }) => requestHeader.get('last-event-id'))).toEqual([null, '2']);
  // The server hears that the page has closed the second one.
  await mailbox.abandoned;
  expect(tab.complaints).toEqual([]);
});

test('SECURITY 29: a page of another origin sees no event', async () => {
  const { url } = await serveMail({ cors: { origins: [pages.app()] } });
  const tab = await pages.open(pages.foreign());
  const listening = tab.page.evaluate((base) => page.listen(`${base}/v1/boxes/short/letters:watch`, 1), url);

  await expect(listening).rejects.toThrow('the browser gave the source up');
});
