import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createRouterTransport, type Transport } from '@connectrpc/connect';
import { connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node';
import { expect, onTestFinished, test } from 'vitest';
import { MailService } from '../../testdata/gen/mail/v1/mail_pb.js';
import { mailErrors, registry } from '../../testdata/rest/mail.ts';
import { createMailbox, type Mailbox } from '../../testdata/rest/mailbox.ts';
import { createRestHandler, type RestHandlerOptions } from './handler.ts';

const ORIGIN = 'http://front.test';

function front(options: Partial<RestHandlerOptions> = {}, mailbox: Mailbox = createMailbox()) {
  const transport = createRouterTransport((router) => router.service(MailService, mailbox.service));
  const handler = createRestHandler({
    services: [MailService],
    descriptors: registry,
    transport,
    errors: mailErrors,
    clock: () => 0,
    ...options,
  });
  return {
    mailbox,
    send: (path: string, init?: RequestInit & { duplex?: 'half' }) =>
      handler(new Request(ORIGIN + path, init)),
  };
}

const json = { 'content-type': 'application/json' };

test('a call there and back', async () => {
  const { send, mailbox } = front();

  const response = await send('/v1/boxes/ann/letters', {
    method: 'POST',
    headers: { ...json, 'idempotency-key': 'k1', authorization: 'Bearer x', te: 'trailers', 'x-own': 'y' },
    body: '{"letter":{"text":"Hi","status":"READ"}}',
  });

  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ letter: { letterId: 'new', text: 'Hi', status: 'SENT' } });
  expect(Object.fromEntries(response.headers)).toEqual({
    'cache-control': 'no-store',
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    'x-key': 'k1',
    'x-left': '9',
  });
  const [context] = mailbox.calls;
  expect(context?.requestHeader.get('authorization')).toBe('Bearer x');
  expect(context?.requestHeader.get('x-own')).toBe('y');
  expect(context?.requestHeader.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test('headers are passed on as far as is wanted', async () => {
  const { send, mailbox } = front({ forwardHeader: (name) => name === 'authorization' });

  await send('/v1/boxes/ann/letters/1', { headers: { authorization: 'Bearer x', cookie: 'a=b' } });

  expect(mailbox.calls[0]?.requestHeader.get('authorization')).toBe('Bearer x');
  expect(mailbox.calls[0]?.requestHeader.has('cookie')).toBe(false);
});

test('an answer that says no', async () => {
  const response = await front().send('/v1/boxes/nobody/letters', {
    method: 'POST',
    headers: json,
    body: '{}',
  });

  expect(response.status).toBe(410);
  expect(await response.json()).toMatchObject({ error: { code: 'NOBODY_THERE' }, similar: ['somebody'] });
});

test('a status, with the trace of the request', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';

  const response = await front().send('/v1/boxes/nobody/letters/1', {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  });

  expect(response.status).toBe(410);
  expect(response.headers.get('retry-after')).toBe('9');
  expect(await response.json()).toEqual({
    error: {
      code: 'NOBODY_THERE',
      message: 'nobody there',
      timestamp: '1970-01-01T00:00:00.000Z',
      path: '/v1/boxes/nobody/letters/1',
      traceId,
      details: [{ field: 'box_id', reason: 'NO_SUCH_BOX' }],
    },
  });
});

test.each([
  ['GET', '/v2', 404, {}],
  ['PUT', '/v1/boxes/ann/letters/1', 405, { allow: 'GET, HEAD, OPTIONS' }],
  ['OPTIONS', '/v1/boxes/ann/letters/1', 204, { allow: 'GET, HEAD, OPTIONS' }],
  ['HEAD', '/v1/boxes/ann/letters/1', 200, { 'content-type': 'application/json' }],
  ['HEAD', '/v1/boxes/ann/letters:watch', 200, { 'content-type': 'application/x-ndjson' }],
  ['HEAD', '/v2', 404, {}],
])('%s %s is %i', async (method, path, status, headers) => {
  const response = await front().send(path, { method });

  expect(response.status).toBe(status);
  expect(Object.fromEntries(response.headers)).toMatchObject(headers);
  expect((await response.text()) === '').toBe(method === 'HEAD' || method === 'OPTIONS');
});

test('a body may be compressed, and is bounded after decompression', async () => {
  const { send } = front({ maxRequestBytes: 1000 });
  const post = (body: BodyInit, encoding: string) =>
    send('/v1/boxes/ann/letters', {
      method: 'POST',
      headers: { ...json, 'content-encoding': encoding },
      body,
    });
  const letter = JSON.stringify({ letter: { text: 'Hi' } });

  expect((await post(gzipSync(letter), 'gzip')).status).toBe(201);
  expect((await post(gzipSync(' '.repeat(1e6)), 'gzip')).status).toBe(413);
  expect((await post(' '.repeat(1001), 'identity')).status).toBe(413);
  expect((await post('no gzip', 'gzip')).status).toBe(422);
  const brotli = await post(letter, 'br');
  expect(brotli.status).toBe(415);
  expect(brotli.headers.get('accept-encoding')).toBe('gzip');
});

test.each([
  ['connect-timeout-ms', '20'],
  ['grpc-timeout', '20m'],
  ['grpc-timeout', '20000u'],
])('a deadline by %s is passed on', async (name, value) => {
  const { send, mailbox } = front();

  const response = await send('/v1/boxes/slow/letters/1', { headers: { [name]: value } });

  expect(response.status).toBe(504);
  expect(mailbox.calls[0]?.signal.aborted).toBe(true);
});

test.each([
  ['connect-timeout-ms', '9999999999'],
  ['grpc-timeout', '99999999H'],
])('the deadline %s: %s is further away than timers reach, and ends nothing', async (name, value) => {
  const { send, mailbox } = front();

  const response = await send('/v1/boxes/ann/letters/1', { headers: { [name]: value } });

  expect(response.status).toBe(200);
  expect(mailbox.calls[0]?.timeoutMs()).toBeGreaterThan(24 * 24 * 3600 * 1000);
});

test.each([
  ['connect-timeout-ms', '1.5'],
  ['connect-timeout-ms', '12345678901'],
  ['grpc-timeout', '5'],
  ['grpc-timeout', '5s'],
  ['grpc-timeout', '123456789S'],
])('the deadline %s: %s is refused', async (name, value) => {
  const response = await front().send('/v1/boxes/ann/letters/1', { headers: { [name]: value } });

  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ error: { details: [{ field: name, value }] } });
});

test('a request that is given up ends its call', async () => {
  const { send, mailbox } = front();
  const given = new AbortController();
  const response = send('/v1/boxes/slow/letters/1', { signal: given.signal });
  await expect.poll(() => mailbox.calls.length).toBe(1);

  given.abort();

  expect((await response).status).toBe(499);
  expect(mailbox.calls[0]?.signal.aborted).toBe(true);
});

test('a stream as lines, until its end', async () => {
  const response = await front().send('/v1/boxes/short/letters:watch');

  const lines = (await response.text()).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { sequence: '1', letter: { letterId: 'l1', status: 'UNSPECIFIED' } },
    { sequence: '2', letter: { letterId: 'l2' } },
  ]);
});

test('a stream as events goes on where it was, and its error comes last', async () => {
  const response = await front().send('/v1/boxes/torn/letters:watch', {
    headers: { accept: 'text/event-stream', 'last-event-id': '1' },
  });

  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = (await response.text()).split('\n\n');
  expect(events[0]).toMatch(/^id: 2\ndata: \{"sequence":"2"/);
  expect(events[1]).toMatch(/^event: error\ndata: \{"error":\{"code":"DATA_LOSS","message":"lost"/);
  expect(events[2]).toBe('');
});

test('an error before the first answer of a stream has a status', async () => {
  const response = await front().send('/v1/boxes/nobody/letters:watch');

  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: 'NOT_FOUND', message: 'nobody there' } });
});

test('a stream that nobody reads on ends its call', async () => {
  const { send, mailbox } = front();
  const response = await send('/v1/boxes/endless/letters:watch');
  const reader = response.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);

  expect(mailbox.calls[0]?.signal.aborted).toBe(false);

  await reader?.cancel();

  expect(mailbox.calls[0]?.signal.aborted).toBe(true);
});

test('a backend that is not there is named to nobody', async () => {
  const transport = createGrpcTransport({ baseUrl: 'http://127.0.0.1:1' });

  const response = await front({ transport }).send('/v1/boxes/ann/letters/1');

  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain('127.0.0.1');
});

test('a service that the descriptors lack is refused', () => {
  const transport = {} as Transport;
  const services = [{ ...MailService, typeName: 'mail.v1.Other' }];

  expect(() => createRestHandler({ services, descriptors: registry, transport })).toThrow('mail.v1.Other');
});

test('over sockets, before a gRPC backend', async () => {
  const mailbox = createMailbox();
  const backend = createHttp2Server(
    connectNodeAdapter({ routes: (router) => router.service(MailService, mailbox.service) }),
  );
  const backendUrl = await listening(backend);
  const handler = createRestHandler({
    services: [MailService],
    descriptors: registry,
    transport: createGrpcTransport({ baseUrl: backendUrl }),
    errors: mailErrors,
  });
  const url = await listening(createServer(asListener(handler)));

  const sent = await fetch(`${url}/v1/boxes/ann/letters`, {
    method: 'POST',
    headers: json,
    body: '{"letter":{"text":"\u{1F32E}"}}',
  });
  expect(sent.status).toBe(201);
  expect(await sent.json()).toMatchObject({ letter: { text: '\u{1F32E}' } });

  const given = new AbortController();
  const watched = await fetch(`${url}/v1/boxes/endless/letters:watch`, { signal: given.signal });
  const reader = watched.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect(new TextDecoder().decode(value)).toContain('"sequence":"1"');
  given.abort();
  await mailbox.abandoned;
});

type TestServer = ReturnType<typeof createServer> | ReturnType<typeof createHttp2Server>;

async function listening(server: TestServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server) {
      server.closeAllConnections();
    }
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a server of Node makes of a handler of `fetch`. */
function asListener(handler: (request: Request) => Promise<Response>): RequestListener {
  return (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
    const init: RequestInit & { duplex: 'half' } = {
      method: request.method ?? 'GET',
      headers: request.headers as Record<string, string>,
      body: hasBody ? (Readable.toWeb(request) as ReadableStream<Uint8Array<ArrayBuffer>>) : null,
      duplex: 'half',
      signal: gone.signal,
    };
    handler(new Request(`http://${request.headers.host}${request.url}`, init)).then(
      async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        for await (const chunk of answer.body ?? []) {
          response.write(chunk);
        }
        response.end();
      },
      () => response.destroy(),
    );
  };
}
