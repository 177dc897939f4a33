import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { TlsOptions } from './listener/tls.ts';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { serve } from './testdata/serve.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl(
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca'.split(' '),
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  for (const name of ['server', 'client']) {
    openssl(
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' '),
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
  }
  openssl(
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=stranger -keyout stranger.key -out stranger.pem'.split(
      ' ',
    ),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pem = (name: string) => readFileSync(join(folder, name));
const server = (more: Partial<TlsOptions> = {}): TlsOptions => ({
  key: pem('server.key'),
  cert: pem('server.pem'),
  ca: pem('ca.pem'),
  ...more,
});
const client = (name: string) => ({ key: pem(`${name}.key`), cert: pem(`${name}.pem`) });

test('one port speaks HTTP/2 and HTTP/1.1 under TLS, as the client offers', async () => {
  const served = await serve({ tls: server() });
  expect(served.url).toMatch(/^https:/);
  const nodeOptions = { ca: pem('ca.pem') };
  const grpc = createClient(LibraryService, createGrpcTransport({ baseUrl: served.url, nodeOptions }));
  const connectH1 = createClient(
    LibraryService,
    createConnectTransport({ baseUrl: served.url, httpVersion: '1.1', nodeOptions }),
  );

  expect((await grpc.getBook({ bookId: 'dune' })).book?.bookId).toBe('dune');
  expect((await connectH1.getBook({ bookId: 'dune' })).book?.bookId).toBe('dune');
  const seen: string[] = [];
  for await (const { book } of grpc.exportBooks({ count: 2 })) {
    seen.push(book?.bookId ?? '');
  }
  expect(seen).toEqual(['book-1', 'book-2']);
});

test.each([
  [['h2'], 'h2'],
  [['http/1.1'], 'http/1.1'],
  [['http/1.1', 'h2'], 'h2'],
])('a client that offers %j gets %s', async (offered, chosen) => {
  const { port } = await serve({ tls: server() });
  const socket = connect({ port, host: '127.0.0.1', ca: pem('ca.pem'), ALPNProtocols: offered });
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  expect(socket.alpnProtocol).toBe(chosen);
});

test('SECURITY 31: no certificate, no handshake, where one is required; no stranger’s either', async () => {
  const served = await serve({ tls: server({ clientCertificate: 'require' }) });
  const ask = (own: object) =>
    new Promise<number>((resolve, reject) => {
      https
        .get(`${served.url}/healthz`, { ca: pem('ca.pem'), agent: false, ...own }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
        .on('error', reject);
    });
  expect(await ask(client('client'))).toBe(200);
  await expect(ask({})).rejects.toThrow(/certificate required|socket hang up|ECONNRESET/);
  await expect(ask(client('stranger'))).rejects.toThrow(/unknown ca|socket hang up|ECONNRESET|alert/i);
});

test.each(['require', 'accept'] as const)(
  'what a client shows reaches the authenticator: certificates, where one is to be shown (%s)',
  async (clientCertificate) => {
    const names: (string | undefined)[] = [];
    const served = await serve({
      tls: server({ clientCertificate }),
      authenticate: (request) => {
        const name = request.peerCertificate?.()?.subject.CN;
        names.push(Array.isArray(name) ? name[0] : name);
        return undefined;
      },
    });
    const call = async (own: object, httpVersion: '1.1' | '2') => {
      const transport = createConnectTransport({
        baseUrl: served.url,
        httpVersion,
        nodeOptions: { ca: pem('ca.pem'), ...own },
      });
      await createClient(LibraryService, transport).getBook({ bookId: 'dune' });
    };
    await call(client('client'), '1.1');
    await call(client('client'), '2');
    if (clientCertificate === 'accept') {
      await call({}, '1.1');
      // Shown, but by somebody whom no authority here knows.
      await call(client('stranger'), '2');
    }
    expect(names).toEqual(
      clientCertificate === 'accept' ? ['client', 'client', undefined, undefined] : ['client', 'client'],
    );
  },
);

test('connections that never shake hands, and those that do, end with the server', async () => {
  const served = await serve({ tls: server() });
  const session = http2.connect(served.url, { ca: pem('ca.pem') });
  await new Promise((resolve, reject) => session.once('connect', resolve).once('error', reject));
  const ended = new Promise((resolve) => session.once('close', resolve));
  await served.server.close({ graceMs: 1000 });
  await ended;
});
