import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { certificates } from '../../../e2e/certificates.ts';
import { checkedLookup } from './checked-host.ts';
import { MAX_ANSWER_BYTES, type PostRequest, poster } from './post.ts';
import type { ResolvedAddress, ResolveHost } from './resolve-host.ts';

/** Listens on a port of 127.0.0.1 until the test is over. @returns the port, and what has connected. */
async function listen(server: Server): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  server.on('connection', () => {
    connections++;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}
const receiver = (listener: RequestListener) => listen(createServer(listener));

const nowhere: ResolveHost = () => Promise.reject(new Error('nobody was to be looked up'));

function posting(options: { allowedHosts?: string[]; resolve?: ResolveHost; ca?: string } = {}) {
  const { allowedHosts = ['127.0.0.1'], resolve = nowhere, ca } = options;
  const made = poster({ rules: { allowedHosts }, resolve, ...(ca !== undefined && { tls: { ca } }) });
  onTestFinished(() => made.close());
  return (url: string, change: Partial<PostRequest> = {}) =>
    made.post({
      url,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"a":1}'),
      timeoutMs: 10_000,
      signal: new AbortController().signal,
      ...change,
    });
}

test('a message arrives as it is, and the connection is used again', async () => {
  const seen: unknown[] = [];
  const { port, connections } = await receiver((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push([
        request.method,
        request.url,
        request.headers['content-type'],
        Buffer.concat(chunks).toString(),
      ]);
      response.writeHead(200).end('thanks');
    });
  });
  const post = posting();
  for (const path of ['/hook?a=b', '/']) {
    expect(await post(`http://127.0.0.1:${port}${path}`)).toMatchObject({ kind: 'answered', status: 200 });
  }
  expect(seen).toEqual([
    ['POST', '/hook?a=b', 'application/json', '{"a":1}'],
    ['POST', '/', 'application/json', '{"a":1}'],
  ]);
  expect(connections()).toBe(1);
});

test('SECURITY 26: a redirect is an answer; where it leads nobody goes', async () => {
  const inside = await receiver((_request, response) => response.end('secret'));
  const { port } = await receiver((_request, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${inside.port}/` }).end();
  });
  expect(await posting()(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'answered', status: 307 });
  expect(inside.connections()).toBe(0);
});

test.each<[string, readonly string[]]>([
  ['loopback', ['127.0.0.1']],
  ['loopback', ['::1']],
  ['private', ['10.1.2.3']],
  ['shared (CGNAT)', ['100.64.0.1']],
  ['link-local', ['fe80::1']],
  ['metadata', ['169.254.169.254']],
  ['unique-local', ['fd00::1']],
  ['IPv4 in IPv6', ['::ffff:127.0.0.1']],
  ['loopback', ['64:ff9b::127.0.0.1']],
  // One of several is enough.
  ['loopback', ['8.8.8.8', '2606:4700::1111', '127.0.0.1']],
])('SECURITY 26: a host that leads to a %s address is not called: %j', async (kind, addresses) => {
  const inside = await listen(createTlsServer());
  const resolve = async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const post = posting({ allowedHosts: [], resolve });

  expect(await post(`https://hooks.example.com:${inside.port}/`)).toEqual({
    kind: 'failed',
    reason: `the host leads to a ${kind} address`,
  });
  expect(inside.connections()).toBe(0);
});

test('SECURITY 26: a URL whose text says enough is not even looked up', async () => {
  const { port, connections } = await receiver((_request, response) => response.end());
  const post = posting({ allowedHosts: [] });
  for (const url of [`http://127.0.0.1:${port}/`, `https://127.0.0.1:${port}/`, 'https://a:b@example.com/']) {
    expect(await post(url)).toMatchObject({
      reason: expect.stringMatching(/^the address may not be called/),
    });
  }
  expect(connections()).toBe(0);
});

test('SECURITY 26: the addresses that were checked are the ones that are connected to, whatever the name says next', async () => {
  // A name server that shows a public address to who checks, and another one to who connects.
  const answers: ResolvedAddress[][] = [
    [{ address: '8.8.8.8', family: 4 }],
    [{ address: '127.0.0.1', family: 4 }],
  ];
  let asked = 0;
  const lookup = checkedLookup(async () => answers[asked++] ?? []);
  const found = () =>
    new Promise((resolve) =>
      lookup('rebinding.example.com', { all: true }, (error, all) => resolve(error?.message ?? all)),
    );

  // What a socket gets is the very answer that was checked; asking again is checking again.
  expect(await found()).toEqual([{ address: '8.8.8.8', family: 4 }]);
  expect(asked).toBe(1);
  expect(await found()).toBe('the host leads to a loopback address');

  const { port, connections } = await listen(createTlsServer());
  let calls = 0;
  const flipping: ResolveHost = async () =>
    calls++ === 0 ? [{ address: '127.0.0.1', family: 4 }] : [{ address: '8.8.8.8', family: 4 }];
  await posting({ allowedHosts: [], resolve: flipping })(`https://rebinding.example.com:${port}/`);
  expect(calls).toBe(1);
  expect(connections()).toBe(0);
});

test('SECURITY 27: of an answer without end 64 KiB are read, and its status counts', async () => {
  let sent = 0;
  const ended = Promise.withResolvers<void>();
  const { port } = await receiver((_request, response) => {
    const chunk = Buffer.alloc(64 * 1024);
    response.on('close', ended.resolve);
    response.writeHead(200);
    const more = (): void => {
      while (sent < 1e9 && !response.destroyed) {
        sent += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', more);
          return;
        }
      }
    };
    more();
  });
  expect(await posting()(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'answered', status: 200 });
  await ended.promise;
  // What lies in the buffers of the two sockets was sent, too.
  expect(sent).toBeLessThan(50 * MAX_ANSWER_BYTES * 4);
});

test('SECURITY 27: a receiver has its time for all of the answer: its head', async () => {
  const { port } = await receiver(() => undefined);
  expect(await posting()(`http://127.0.0.1:${port}/`, { timeoutMs: 50 })).toEqual({
    kind: 'failed',
    reason: 'no answer within 50 ms',
  });
});

test('SECURITY 27: an answer that never ends holds nobody up for longer than that, and has been given', async () => {
  const { port } = await receiver((_request, response) => {
    response.writeHead(200);
    response.write('.');
  });
  expect(await posting()(`http://127.0.0.1:${port}/`, { timeoutMs: 200 })).toMatchObject({ status: 200 });
});

test('a try is broken off, and a receiver that hangs up or is not there has failed', async () => {
  const { port } = await receiver((request) => request.socket.destroy());
  expect(await posting()(`http://127.0.0.1:${port}/`)).toEqual({ kind: 'failed', reason: 'ECONNRESET' });
  const closed = await receiver(() => undefined);
  const aborting = new AbortController();
  const pending = posting()(`http://127.0.0.1:${closed.port}/`, { signal: aborting.signal });
  aborting.abort();
  expect(await pending).toEqual({ kind: 'failed', reason: 'ABORT_ERR' });
  expect(await posting()('http://127.0.0.1:1/')).toEqual({ kind: 'failed', reason: 'ECONNREFUSED' });
});

test('a certificate is always checked, for hosts that are allowed, too', async () => {
  const files = await certificates({ hooks: 'IP:127.0.0.1' });
  const { cert, key } = files('hooks');
  const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_request, response) =>
    response.end(),
  );
  const { port } = await listen(server);
  const url = `https://127.0.0.1:${port}/`;

  expect(await posting()(url)).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(/^UNABLE_TO_/),
  });
  const ca = readFileSync(files('ca').cert, 'utf8');
  expect(await posting({ ca })(url)).toMatchObject({ kind: 'answered', status: 200 });
});
