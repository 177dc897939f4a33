import { expect, test } from 'vitest';
import { serve } from '../testdata/serve.ts';
import { GET_BOOK, json } from './testdata/dial.ts';

test('pages of listed origins may call, others may not', async () => {
  const served = await serve({ cors: { origins: ['https://app.example.com'] } });
  const preflight = (origin: string) =>
    fetch(served.url + GET_BOOK, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
  const allowed = await preflight('https://app.example.com');
  const denied = await preflight('https://evil.example.com');

  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')).toEqual(
    expect.arrayContaining([
      'connect-protocol-version',
      'connect-timeout-ms',
      'x-grpc-web',
      'authorization',
      'traceparent',
    ]),
  );
  expect(allowed.headers.get('vary')).toBe('Origin');
  expect(denied.headers.get('access-control-allow-origin')).toBeNull();
  for (const answer of [allowed, denied]) {
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  }

  const call = await fetch(served.url + GET_BOOK, {
    method: 'POST',
    headers: { ...json, origin: 'https://app.example.com' },
    body: '{"bookId":"dune"}',
  });
  expect(call.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(call.headers.get('access-control-expose-headers')?.toLowerCase().split(', ')).toEqual(
    expect.arrayContaining(['grpc-status', 'x-trace-id', 'idempotent-replayed', 'warning', 'retry-after']),
  );
});

test('without CORS no page may call', async () => {
  const answer = await fetch((await serve()).url + GET_BOOK, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
  });

  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});
