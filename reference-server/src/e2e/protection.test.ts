import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { QueueService } from '@traffic-tacos/contracts/gateway/v1';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { startTestServer } from '../testing/index.ts';
import { certificates } from './certificates.ts';
import { startIssuer } from './issuer.ts';
import { failureOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf, patience, serve, withToken } from './serve.ts';

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'OK',
    (reason: unknown) => Code[ConnectError.from(reason).code],
  );

test('SECURITY 31: a service is known by its certificate, and acts as the buyer whose token it hands on', async () => {
  const files = await certificates({
    server: 'IP:127.0.0.1',
    gateway: 'URI:spiffe://example.org/gateway',
    stranger: 'URI:spiffe://example.org/stranger',
  });
  const issuer = await startIssuer(onTestFinished);
  const server = await startTestServer({
    settings: {
      ...patience,
      ...issuer.settings,
      profile: 'strict',
      demo: false,
      tlsCert: files('server').cert,
      tlsKey: files('server').key,
      tlsCa: files('ca').cert,
      tlsClientCertificate: 'require',
      serviceIdentities: 'spiffe://example.org/gateway',
    },
  });
  onTestFinished(() => server.close({ graceMs: 0 }));
  expect(server.url).toMatch(/^https:/);

  const ca = readFileSync(files('ca').cert);
  const statsFor = async (name?: 'gateway' | 'stranger', token?: string): Promise<string> => {
    const shown = name && { cert: readFileSync(files(name).cert), key: readFileSync(files(name).key) };
    const transport = createGrpcTransport({
      baseUrl: server.url,
      nodeOptions: { ca, ...shown },
      interceptors: withToken(token),
    });
    return codeOf(createClient(QueueService, transport).getQueueStats({}));
  };
  expect(await statsFor('gateway')).toBe('OK');
  expect(await statsFor('stranger')).toBe('Unauthenticated');
  expect(await statsFor('gateway', await issuer.token({ sub: 'buyer' }))).toBe('PermissionDenied');
  // Nothing is said before there is a connection.
  expect(await statsFor()).toMatch(/^(Unavailable|Internal|Aborted|Unknown)$/);
});

test('a certificate that cannot be used is named with its file', async () => {
  const files = await certificates({ server: 'IP:127.0.0.1', other: 'IP:127.0.0.1' });
  const { cert, key } = files('server');
  const nonsense = `${cert}.txt`;
  await writeFile(nonsense, 'no certificate');
  const starting = (settings: object) =>
    startTestServer({ settings: { demo: false, tlsCert: cert, tlsKey: key, ...settings } }).then(
      (server) => server.close({ graceMs: 0 }).then(() => 'it starts'),
      (error: Error) => error.message,
    );
  const asking = { tlsClientCertificate: 'accept' };

  expect(await starting({ tlsCert: '/none.pem' })).toMatch(
    /^--tls-cert "\/none.pem" cannot be read \(ENOENT.*\): expected a PEM file$/,
  );
  expect(await starting({ tlsCert: nonsense })).toContain(`--tls-cert "${nonsense}" is no certificate chain`);
  expect(await starting({ tlsKey: nonsense })).toContain(`--tls-key "${nonsense}" is no private key`);
  const other = files('other').key;
  expect(await starting({ tlsKey: other })).toContain(
    `--tls-key "${other}" is not the key of --tls-cert "${cert}"`,
  );
  expect(await starting({ ...asking, tlsCa: nonsense })).toContain(
    `--tls-ca "${nonsense}" has no certificates`,
  );
  expect(await starting({ ...asking, tlsCa: files('ca').cert })).toBe('it starts');
});

test('the dev profile needs no token, but believes one that is sent', async () => {
  const issuer = await startIssuer(onTestFinished);
  const served = await serve({ settings: issuer.settings });
  await putOnSale(served, saleOf({}));
  const buyer = clientsOf(served.url, onTestFinished, await issuer.token({ sub: 'buyer' }));
  const wanted = { eventId: 'show', seatIds: ['A1'] };

  const { reservationId } = await buyer.reservations.createReservation(wanted);
  const { reservation } = await served.reservations.getReservation({ reservationId });
  expect(reservation?.userId).toBe('buyer');
  const forAnother = buyer.reservations.createReservation({ ...wanted, seatIds: ['A2'], userId: 'another' });
  expect(await failureOf(forAnother)).toMatchObject({ code: 'FORBIDDEN' });
  const ended = await issuer.token({ sub: 'buyer', exp: 1 });
  const late = clientsOf(served.url, onTestFinished, ended).reservations.getReservation({ reservationId });
  expect(await failureOf(late)).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test.each([
  ['strict', {}, 'ResourceExhausted'],
  ['strict', { rateLimits: 'off' }, 'OK'],
  ['dev', {}, 'OK'],
  ['dev', { rateLimits: 'on' }, 'ResourceExhausted'],
] as const)(
  'with the %s profile and %j a crowd of calls by one caller ends with %s',
  async (profile, more, last) => {
    const issuer = await startIssuer(onTestFinished);
    const { url } = await serve({ settings: { ...issuer.settings, ...more, profile } });
    const { catalog } = clientsOf(url, onTestFinished, await issuer.token({ sub: 'buyer' }));
    const calls = Array.from({ length: 600 }, () => codeOf(catalog.listEvents({})));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(last === 'OK' ? ['OK'] : ['OK', last]));
  },
);

test('the access log leaves out what it is told to', async () => {
  const lines: { method?: string; code?: string }[] = [];
  const logger = pino(
    { level: 'info' },
    new Writable({
      write: (chunk, _, done) => {
        lines.push(JSON.parse(String(chunk)));
        done();
      },
    }),
  );
  const { catalog } = await serve({ settings: { accessLog: 'failures' }, logger });
  await catalog.listEvents({});
  await catalog.getEvent({ eventId: 'none' });
  const calls = lines.filter(({ method }) => method !== undefined);
  expect(calls.map(({ method, code }) => `${method} ${code}`)).toEqual(['GetEvent NOT_FOUND']);
});

test('SECURITY 29: in the strict profile only pages of the origins that were named may call', async () => {
  const issuer = await startIssuer(onTestFinished);
  const allowedBy = async (corsOrigins: string | undefined, profile: 'dev' | 'strict') => {
    const { url } = await serve({
      settings: { ...issuer.settings, profile, ...(corsOrigins === undefined ? {} : { corsOrigins }) },
    });
    const answer = await fetch(`${url}/api/v1/events`, { headers: { origin: 'https://shop.example' } });
    expect(answer.status).toBe(200);
    return answer.headers.get('access-control-allow-origin');
  };

  expect(await allowedBy(undefined, 'dev')).toBe('*');
  expect(await allowedBy(undefined, 'strict')).toBeNull();
  expect(await allowedBy('https://shop.example,https://app.example', 'strict')).toBe('https://shop.example');
  expect(await allowedBy('https://app.example', 'strict')).toBeNull();
});
