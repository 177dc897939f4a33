import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { OpenApiDocument } from './openapi/types.ts';
import { createApiPage } from './page.ts';

const document: OpenApiDocument = {
  openapi: '3.1.1',
  info: { title: '<Mail> & "more"', version: '1' },
  tags: [],
  paths: {},
  components: { schemas: {}, responses: {}, securitySchemes: {} },
};
const SCRIPT = 'customElements.define("openapi-explorer", class extends HTMLElement {});'.repeat(99);
const plain = new Headers();

function page(more: Partial<OpenApiDocument> = {}, script = SCRIPT) {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'script.js'), script);
  return createApiPage({ document: { ...document, ...more }, script: join(folder, 'script.js') });
}

function linksOf(html: unknown): string[] {
  return [...String(html).matchAll(/(?:src|href|spec-url)="([^"]+)"/g)].map(([, link]) => String(link));
}

test('the page and all that it refers to come from here', () => {
  const { serve } = page();
  const html = serve('/docs', plain);

  expect(html?.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(serve('/docs/', plain)).toEqual(html);
  const links = linksOf(html?.body).filter((link) => link !== 'data:,');
  expect(links).toHaveLength(3);
  for (const link of links) {
    expect(serve(link, plain)?.status, link).toBe(200);
  }
  expect(JSON.parse(String(serve('/openapi.json', plain)?.body))).toEqual(document);
  expect(serve('/docs/other.js', plain)).toBeUndefined();
  expect(serve('/', plain)).toBeUndefined();
});

test('nothing of a title is markup', () => {
  expect(String(page().serve('/docs', plain)?.body)).toContain(
    '<title>&#60;Mail&#62; &#38; &#34;more&#34;</title>',
  );
});

test('scripts come from here only, and calls go to where the API is', () => {
  const policy = page().serve('/docs', plain)?.headers['content-security-policy'] ?? '';
  const elsewhere = page({ servers: [{ url: 'https://api.example.com/v1' }, { url: '/v2' }] });

  expect(policy).toContain("default-src 'none'; script-src 'self'; ");
  expect(policy).toContain("connect-src 'self'; ");
  expect(elsewhere.serve('/docs', plain)?.headers['content-security-policy']).toContain(
    "connect-src 'self' https://api.example.com;",
  );
});

test('files are kept by their content, page and document are not', () => {
  const { serve } = page();
  const script = (text: string) =>
    linksOf(page({}, text).serve('/docs', plain)?.body).find((link) => link.endsWith('.js'));
  const path = script(SCRIPT) ?? '';

  expect(serve(path, plain)?.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(script(SCRIPT)).toBe(path);
  expect(script(`${SCRIPT} `)).not.toBe(path);
  expect(serve('/docs', plain)?.headers['cache-control']).toBe('no-cache');
  expect(serve('/openapi.json', plain)?.headers['cache-control']).toBe('no-cache');
});

test.each([
  ['gzip', 'gzip'],
  ['br, gzip;q=0.5', 'br'],
  ['gzip, deflate, br', 'gzip'],
  ['*', 'gzip'],
  ['gzip;q=0, *', 'br'],
  ['gzip;q=0, *;q=0.5', 'br'],
  ['*;q=0', undefined],
  ['gzip; q=0', undefined],
  ['gzip;q=0', undefined],
  ['identity, *;q=0', undefined],
  ['x-gzip', undefined],
  ['', undefined],
])('accept-encoding: %s', (encoding, compression) => {
  const { serve } = page();
  const response = serve('/openapi.json', new Headers({ 'accept-encoding': encoding }));

  expect(response?.headers['content-encoding']).toBe(compression);
  const bytes = response?.body as Uint8Array;
  const body =
    compression === 'gzip' ? gunzipSync(bytes) : compression === 'br' ? brotliDecompressSync(bytes) : bytes;
  expect(JSON.parse(String(body))).toEqual(document);
});
