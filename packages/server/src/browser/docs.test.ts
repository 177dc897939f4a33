import { expect, test } from 'vitest';
import { useBrowser } from '../../../../scripts/browser/index.ts';
import type { OpenApiDocument } from '../rest/openapi/types.ts';
import { serveMail } from '../websocket/testdata/serve-mail.ts';

const open = useBrowser();

/** The text of a document, that of its components included. Runs in the page. */
function shownText(): string {
  const textOf = (node: Node): string => {
    if (node instanceof Element && node.shadowRoot !== null) {
      return textOf(node.shadowRoot);
    }
    if (node instanceof HTMLStyleElement || node instanceof HTMLScriptElement) {
      return '';
    }
    return node.nodeType === Node.TEXT_NODE
      ? (node.textContent ?? '')
      : [...node.childNodes].map(textOf).join(' ');
  };
  return textOf(document.body).replace(/\s+/g, ' ');
}

test('the page to browse the API shows it, within its policy, and asks nobody else for anything', async () => {
  const { url } = await serveMail({ openApi: { title: 'Mail of the tests', version: '1.2.3' } });
  const tab = await open(`${url}/docs`);
  const document: OpenApiDocument = await (await fetch(`${url}/openapi.json`)).json();
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  const shows = async (text: string) => {
    await expect.poll(() => tab.page.evaluate(shownText), { timeout: 20_000 }).toContain(text);
  };

  expect(await tab.page.title()).toBe('Mail of the tests');
  await shows('Mail of the tests 1.2.3');
  expect(operations).toHaveLength(5);
  for (const operation of operations) {
    await shows(operation.replaceAll('/', ' / ').replace(/ +/g, ' '));
  }
  // An operation that is looked at.
  await tab.page.locator('>>> ::-p-text({letterId}:read)').click();
  await shows('Marks a letter as read');
  expect(tab.complaints).toEqual([]);
  expect(tab.requests.length).toBeGreaterThanOrEqual(4);
  expect(
    tab.requests.filter((address) => !address.startsWith('data:') && !address.startsWith(`${url}/`)),
  ).toEqual([]);
});
