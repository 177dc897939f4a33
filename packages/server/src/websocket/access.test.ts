import { Auth } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import type { AuthenticationRequest } from '../caller.ts';
import type { ServerOptions } from '../options.ts';
import { createLibrary } from '../testdata/library.ts';
import { ownCertificate } from '../testdata/own-certificate.ts';
import { authenticate, serve } from '../testdata/serve.ts';
import { connectTo, is, refusedWith } from './testdata/client.ts';

const watchBook = 'library.v1.LibraryService/WatchBook';
const subscribe = { type: 'subscribe', id: 'a', method: watchBook, request: { bookId: 'dune', everyMs: 50 } };
const forUsers = { policies: () => ({ auth: Auth.USER }) };

/** A library that has lent Dune to Ann. */
function lentToAnn() {
  const library = createLibrary();
  library.loans.set('l1', { loanId: 'l1', memberId: 'ann', bookId: 'dune' });
  return library;
}

test('without credentials a method for users is refused', async () => {
  const { url } = await serve(forUsers);
  const client = await connectTo(url);
  client.send(subscribe);

  expect((await client.frame(is('error', 'a'))).error).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(client.frames.filter(is('message'))).toEqual([]);
});

test('credentials come with the handshake', async () => {
  const { url } = await serve(forUsers, lentToAnn());
  const client = await connectTo(url, { headers: { authorization: 'Bearer ann' } });
  client.send(subscribe);

  expect((await client.frame(is('message'))).message).toMatchObject({ loan: { memberId: 'ann' } });
});

test('credentials come in a frame, count for what is subscribed to after it, and can be replaced', async () => {
  const { url } = await serve(forUsers, lentToAnn());
  const client = await connectTo(url);
  client.send({ ...subscribe, id: 'before' });
  client.send({ type: 'authenticate', token: 'ann' });
  client.send({ ...subscribe, id: 'ann' });
  client.send({ type: 'authenticate', token: 'bob' });
  client.send({ ...subscribe, id: 'bob' });
  client.send({ type: 'authenticate', token: 'nobody' });
  client.send({ ...subscribe, id: 'nobody' });

  const error = async (id: string) => (await client.frame(is('error', id))).error;
  expect(await error('before')).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await client.frame(is('message', 'ann'))).toBeDefined();
  // What is another's is not there.
  expect(await error('bob')).toMatchObject({ code: 'NOT_FOUND' });
  expect(await error('nobody')).toMatchObject({ code: 'UNAUTHENTICATED', message: 'the token is not valid' });
});

test('a token that is no header value is refused without being repeated', async () => {
  const { url } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'authenticate', token: 'ann\r\nx-admin: 1' });

  const { error } = await client.frame(is('error'));
  expect(error).toMatchObject({ details: [{ field: 'token', reason: 'TOKEN_MALFORMED' }] });
  expect(JSON.stringify(error)).not.toContain('x-admin');
});

test('a token in the address is nobody’s', async () => {
  const { url } = await serve(forUsers);
  const client = await connectTo(url, { path: '/ws?access_token=ann&authorization=Bearer%20ann' });
  client.send(subscribe);

  expect((await client.frame(is('error', 'a'))).error).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('streams are counted against the limits of their caller', async () => {
  const { url } = await serve({ rateLimits: { streams: { perAddress: 1 } } });
  const client = await connectTo(url);
  client.send({ ...subscribe, id: 'first' });
  await client.frame(is('message', 'first'));
  client.send({ ...subscribe, id: 'second' });

  expect((await client.frame(is('error', 'second'))).error).toMatchObject({
    details: [{ reason: 'TOO_MANY_STREAMS' }],
  });
  client.send({ type: 'unsubscribe', id: 'first' });
  client.send({ ...subscribe, id: 'third' });
  await client.frame(is('message', 'third'));
});

/** Subscribes as a page of an origin, whose browser adds a cookie, and shows what the authenticator got. */
async function asPage(origin: string, cors: NonNullable<ServerOptions['cors']>) {
  const seen: AuthenticationRequest[] = [];
  const { url } = await serve({
    cors,
    authenticate: (request) => {
      seen.push(request);
      return authenticate(request);
    },
  });
  const headers = { cookie: 'session=ann', authorization: 'Bearer ann' };
  const client = await connectTo(url, { origin, headers });
  client.send(subscribe);
  await client.frame(is('message'));
  const [request] = seen;
  return [request?.header.get('cookie'), request?.header.has('authorization'), request?.peer];
}

test('a page of an allowed origin comes without what its browser adds, unless credentials are allowed', async () => {
  const origin = 'https://app.example.com';

  expect(await asPage(origin, { origins: [origin] })).toEqual([null, false, '127.0.0.1']);
  expect(await asPage(origin, { origins: ['*'] })).toEqual([null, false, '127.0.0.1']);
  expect(await asPage(origin, { origins: [origin], credentials: true })).toEqual([
    'session=ann',
    true,
    '127.0.0.1',
  ]);
});

test('a page of another origin is refused, one of this server and no page at all are not', async () => {
  const { url, port } = await serve({ cors: { origins: ['https://app.example.com'] } });

  for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${port}.evil.example`]) {
    expect(await refusedWith(url, { origin })).toBe(403);
  }
  // Two servers of one host are two origins.
  expect(await refusedWith(url, { origin: `http://127.0.0.1:${port + 1}` })).toBe(403);
  const own = await connectTo(url, { origin: `http://127.0.0.1:${port}` });
  own.send(subscribe);
  await own.frame(is('message'));
});

test('without CORS every page of another origin is refused', async () => {
  const { url } = await serve();

  expect(await refusedWith(url, { origin: 'https://app.example.com' })).toBe(403);
});

test('under TLS authenticators see the certificate of the client, but not one that another’s page brings along', async () => {
  const { key, cert } = ownCertificate();
  const names: unknown[] = [];
  const { url, port } = await serve({
    tls: { key, cert, ca: cert, clientCertificate: 'accept' },
    cors: { origins: ['https://app.example.com'] },
    authenticate: (request) => {
      names.push(request.peerCertificate?.()?.subject.CN);
      return undefined;
    },
  });
  const tls = { key, cert, ca: cert };
  const origins = [undefined, `https://127.0.0.1:${port}`, 'https://app.example.com'];
  for (const origin of origins) {
    const client = await connectTo(url, { ...tls, ...(origin && { origin }) });
    client.send(subscribe);
    await client.frame(is('message'));
  }

  expect(url).toMatch(/^https:/);
  expect(names).toEqual(['van', 'van', undefined]);
  expect(await refusedWith(url, { ...tls, origin: `http://127.0.0.1:${port}` })).toBe(403);
});
