import { once } from 'node:events';
import http2, { type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { ServerHandler } from './index.ts';
import { echo, flow } from './testdata/echo.ts';
import { serve } from './testdata/serve.ts';

interface Answer {
  readonly head: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders | undefined;
}

async function ask(
  session: ClientHttp2Session,
  body: Uint8Array | undefined,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const stream = session.request({
    ':method': body === undefined ? 'GET' : 'POST',
    ':path': '/',
    ...headers,
  });
  let trailers: IncomingHttpHeaders | undefined;
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  const response = once(stream, 'response');
  stream.end(body);
  const [[head], bytes] = await Promise.all([response, buffer(stream)]);
  return { head, body: bytes, trailers };
}

async function withClient<T>(
  handler: ServerHandler,
  use: (session: ClientHttp2Session) => Promise<T>,
): Promise<T> {
  await using served = await serve(handler);
  const session = http2.connect(served.origin);
  try {
    return await use(session);
  } finally {
    session.destroy();
  }
}

test('a request without a body is answered, trailers and all', async () => {
  const answer = await withClient(echo, (session) => ask(session, undefined, { ':path': '/a?b=c' }));
  expect(answer.head).toMatchObject({ ':status': 200, method: 'GET', path: '/a?b=c' });
  expect(answer.trailers).toMatchObject({ checked: 'yes' });
  expect(answer.body).toHaveLength(0);
});

test.each([
  ['at once', echo],
  ['in pieces', flow],
] as const)('bodies of all sizes come back as they were, %s', async (_how, handler) => {
  await withClient(handler, async (session) => {
    const sizes = [1, 100, 16_384, 16_385, 65_535, 65_536, 300_000, 3_000_000];
    await Promise.all(
      sizes.map(async (size) => {
        const body = Buffer.alloc(size, String(size));
        const answer = await ask(session, body);
        expect(answer.body.equals(body)).toBe(true);
        expect(answer.trailers).toMatchObject({ checked: 'yes' });
      }),
    );
  });
});

test('hundreds of requests share one connection', async () => {
  await withClient(echo, async (session) => {
    await once(session, 'remoteSettings');
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) => ask(session, Buffer.from(`body ${index}`))),
    );
    answers.forEach(({ body }, index) => {
      expect(String(body)).toBe(`body ${index}`);
    });
  });
});
