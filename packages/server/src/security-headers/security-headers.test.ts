import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dial, EXPORT_BOOKS, GET_BOOK, stand } from '../hostile/testdata/stand.ts';
import { ownCertificate } from '../testdata/own-certificate.ts';
import { securityHeaders } from './index.ts';

const common = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
const ofData = { ...common, 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" };
const overTls = { 'strict-transport-security': 'max-age=63072000; includeSubDomains' };

function byName(fields: readonly string[]): Record<string, string> {
  const names = fields.filter((_, at) => at % 2 === 0);
  return Object.fromEntries(names.map((name, at) => [name, fields[at * 2 + 1] ?? '']));
}

test('answers that are data allow nothing', () => {
  expect(byName(securityHeaders({ tls: false }))).toEqual(ofData);
});

test('over TLS browsers are told to come back over TLS', () => {
  expect(byName(securityHeaders({ tls: true }))).toEqual({ ...ofData, ...overTls });
});

interface Seen {
  readonly status: number | undefined;
  readonly headers: Record<string, string[] | undefined>;
}

/** One request; each header with all of its values. */
function ask(url: string, method: string, path: string, ca: Buffer | undefined): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const request =
      ca === undefined
        ? http.request(url + path, { method, agent: false })
        : https.request(url + path, { method, ca, agent: false });
    request.on('error', reject);
    request.on('response', ({ statusCode, headersDistinct }) => {
      resolve({ status: statusCode, headers: { ...headersDistinct } });
      request.destroy();
    });
    request.end();
  });
}

const origin = 'https://app.example.com';

test.each([
  ['allowed', origin, 204],
  ['refused', 'https://evil.example.com', 403],
])('the %s question of a browser is answered with them', async (_name, asker, status) => {
  const { url } = await stand({ cors: { origins: [origin] } });
  const headers = { origin: asker, 'access-control-request-method': 'POST' };
  for (const path of ['/v1/boxes/b/letters', GET_BOOK, EXPORT_BOOKS, '/nowhere']) {
    const answer = await fetch(url + path, { method: 'OPTIONS', headers });
    expect(answer.status, path).toBe(status);
    expect(Object.fromEntries(answer.headers), path).toMatchObject(ofData);
  }
});

test.each([
  ['nonsense', 'nonsense\r\n\r\n', 400],
  ['too large a header', `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['a request that does not end', 'GET / HTTP/1.1\r\nhost: x\r\n', 408],
])('%s is answered with them, too', async (_name, text, status) => {
  const served = await stand({ limits: { headersTimeoutMs: 300 } });
  const { socket, received, closed } = dial(served);
  socket.write(text);
  await closed;
  const [line, ...fields] = received().split('\r\n').filter(Boolean);
  expect(line).toMatch(new RegExp(`^HTTP/1.1 ${status} \\w`));
  expect(fields).toEqual([
    'connection: close',
    ...Object.entries(ofData).map(([name, value]) => `${name}: ${value}`),
  ]);
});

test('headers that are too large are answered with them over HTTP/2 as well', async () => {
  const { url } = await stand();
  const session = http2.connect(url);
  onTestFinished(() => session.destroy());
  // Before the client knows of the limit.
  const stream = session.request({ ':path': '/', 'x-large': 'x'.repeat(20_000) });
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  expect(headers).toMatchObject({ ':status': 431, ...ofData });
});

const certificate = ownCertificate();

describe.each([
  { scheme: 'HTTP', tls: undefined },
  { scheme: 'TLS', tls: certificate },
])('over $scheme', ({ tls }) => {
  test.each([
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['GET', '/metrics', 200],
    ['GET', '/openapi.json', 200],
    ['GET', '/docs', 200],
    ['GET', '/docs/', 200],
    ['GET', '/docs/%3Cb%3Ex', 404],
    ['POST', '/healthz', 405],
    ['POST', '/docs', 405],
    ['GET', '/v1/boxes/b/letters/l', 200],
    ['GET', '/nowhere', 404],
    ['GET', '/ws', 426],
  ])('%s %s answers %i with all of them, each once', async (method, path, status) => {
    const { url } = await stand(tls === undefined ? {} : { tls });
    const seen = await ask(url, method, path, tls?.cert);
    const names = [...Object.keys(ofData), 'strict-transport-security', 'referrer-policy'];
    const security = Object.fromEntries(
      names.flatMap((name) => (seen.headers[name] === undefined ? [] : [[name, seen.headers[name]]])),
    );
    const { 'content-security-policy': [policy = ''] = [], ...rest } = security;
    const isPage = path.startsWith('/docs') && status === 200;

    expect(seen.status).toBe(status);
    expect(policy).toMatch(
      isPage ? /script-src 'self'.*frame-ancestors 'none'/ : /^default-src 'none'; frame-ancestors 'none'$/,
    );
    expect(rest).toEqual(
      Object.fromEntries(
        Object.entries({
          ...common,
          ...(tls && overTls),
          // The data of calls refers to nothing.
          ...((isPage || path === '/openapi.json') && { 'referrer-policy': 'no-referrer' }),
        }).map(([name, value]) => [name, [value]]),
      ),
    );
  });
});
