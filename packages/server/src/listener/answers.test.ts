import type http2 from 'node:http2';
import { expect, test } from 'vitest';
import { serve } from '../testdata/serve.ts';
import { dialHttp2, GET_BOOK, json } from './testdata/dial.ts';

test('health, and everything that is not served', async () => {
  let ready: () => boolean = () => true;
  const served = await serve({ ready: () => ready() });
  const get = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(served.url + path, init);
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };

  expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await get('/readyz?verbose')).toMatchObject({ status: 200, body: { status: 'ok' } });
  ready = () => false;
  expect(await get('/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  ready = () => {
    throw new Error('no connection to 10.0.0.7');
  };
  expect(await get('/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  expect(await get('/healthz')).toMatchObject({ status: 200 });

  const missing = await get('/nowhere', { method: 'DELETE' });
  expect(missing).toMatchObject({
    status: 404,
    body: {
      error: {
        code: 'NOT_FOUND',
        message: 'DELETE /nowhere is not served here',
        path: '/nowhere',
        details: [],
      },
    },
  });
  expect(missing.headers.get('x-trace-id')).toBe(
    (missing.body as { error: { traceId: string } }).error.traceId,
  );
  expect(missing.headers.get('x-content-type-options')).toBe('nosniff');
});

test('a gRPC client learns that a service is not served', async () => {
  const served = await serve();
  const request = dialHttp2(served).request({
    ':method': 'POST',
    ':path': '/library.v2.LibraryService/GetBook',
    'content-type': 'application/grpc',
  });
  const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) =>
    request.once('response', resolve),
  );

  expect(headers).toMatchObject({ 'grpc-status': '12', 'x-trace-id': expect.any(String) });
});

test('x-trace-id is on every answer, refused requests included', async () => {
  const served = await serve({ limits: { maxRequestBytes: 100 } });
  const post = (body: string) => fetch(served.url + GET_BOOK, { method: 'POST', headers: json, body });
  for (const body of [
    '{"bookId":"dune"}',
    '{"bookId":"none"}',
    '{',
    JSON.stringify({ bookId: 'x'.repeat(200) }),
  ]) {
    expect((await post(body)).headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
  }
});
