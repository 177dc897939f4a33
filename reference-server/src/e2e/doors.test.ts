import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { ErrorCode, ErrorSchema } from '@traffic-tacos/contracts/common/v1';
import { GatewayService } from '@traffic-tacos/contracts/gateway/v1';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer } from '../testing/index.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { saleOf } from './sale.ts';
import { type CleanUp, clientsOf, patience, withToken } from './serve.ts';

const closing: (() => void | Promise<void>)[] = [];
const cleanUp: CleanUp = (close) => void closing.unshift(close);

let issuer: Issuer;
let url: string;
let reservationId: string;

beforeAll(async () => {
  issuer = await startIssuer(cleanUp);
  const settings = { ...patience, ...issuer.settings, profile: 'strict' as const, demo: false };
  const server = await startTestServer({ settings });
  cleanUp(() => server.close({ graceMs: 0 }));
  url = server.url;
  const admin = clientsOf(url, cleanUp, await issuer.token({ sub: 'operator', roles: ['admin'] }));
  const owner = clientsOf(url, cleanUp, await issuer.token({ sub: 'owner' }));
  const key = () => ({ idempotencyKey: crypto.randomUUID() });
  await admin.catalog.createEvent({ event: saleOf({}), ...key() });
  const { waitingToken } = await owner.queue.joinQueue({ eventId: 'show', ...key() });
  const { reservationToken } = await owner.queue.requestAdmission({ waitingToken, ...key() });
  const wanted = { eventId: 'show', seatIds: ['A1'], reservationToken, ...key() };
  ({ reservationId } = await owner.reservations.createReservation(wanted));
  expect(reservationId).not.toBe('');
}, 60_000);

afterAll(async () => {
  for (const close of closing) {
    await close();
  }
});

/** What a call comes to: the contract's code of its error, or `OK`. */
type Door = (token: string | undefined, userId: string) => Promise<string>;

/** Reads the owner's reservation through a door that speaks in procedures. */
const procedures =
  (transportFor: (token: string | undefined) => Transport): Door =>
  async (token, userId) => {
    try {
      const client = createClient(GatewayService, transportFor(token));
      const { error, reservation } = await client.getReservation({ reservationId, userId });
      expect(reservation?.reservationId ?? reservationId).toBe(reservationId);
      return error === undefined ? 'OK' : ErrorCode[error.code];
    } catch (reason) {
      const failure = ConnectError.from(reason);
      const [detail] = failure.findDetails(ErrorSchema);
      return detail === undefined ? `a status alone: ${Code[failure.code]}` : ErrorCode[detail.code];
    }
  };

const rest: Door = async (token, userId) => {
  const query = userId === '' ? '' : `?${new URLSearchParams({ userId })}`;
  const response = await fetch(`${url}/api/v1/reservations/${reservationId}${query}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const { error } = (await response.json()) as { readonly error?: { readonly code: string } };
  expect(response.ok).toBe(error === undefined);
  const code = error?.code ?? 'OK';
  return CODE_OF[code] ?? code;
};

/** The codes behind words that REST alone has. */
const CODE_OF: Readonly<Record<string, string>> = { RESERVATION_NOT_FOUND: 'NOT_FOUND' };

const doors: readonly (readonly [name: string, door: Door])[] = [
  ['REST', rest],
  ['gRPC', procedures((token) => createGrpcTransport({ baseUrl: url, interceptors: withToken(token) }))],
  [
    'gRPC-Web',
    procedures((token) =>
      createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1', interceptors: withToken(token) }),
    ),
  ],
  [
    'Connect, binary',
    procedures((token) =>
      createConnectTransport({ baseUrl: url, httpVersion: '2', interceptors: withToken(token) }),
    ),
  ],
  [
    'Connect, JSON by GET',
    procedures((token) =>
      createConnectTransport({
        baseUrl: url,
        httpVersion: '1.1',
        useBinaryFormat: false,
        useHttpGet: true,
        interceptors: withToken(token),
      }),
    ),
  ],
];

test.for(doors)('SECURITY 34: %s refuses what every other door refuses', async ([, ask]) => {
  const owner = await issuer.token({ sub: 'owner' });
  const another = await issuer.token({ sub: 'another' });
  const past = Math.floor(Date.now() / 1000) - 120;
  expect({
    owner: await ask(owner, ''),
    'a service for the owner': await ask(await issuer.token({ sub: 'partner', roles: ['service'] }), 'owner'),
    'nobody in particular': await ask(undefined, ''),
    'another user': await ask(another, ''),
    'another user in the name of the owner': await ask(another, 'owner'),
    'a service for another user': await ask(
      await issuer.token({ sub: 'partner', roles: ['service'] }),
      'another',
    ),
    'a token that has ended': await ask(await issuer.token({ sub: 'owner', exp: past }), ''),
    'a token for somebody else': await ask(await issuer.token({ sub: 'owner', aud: 'elsewhere' }), ''),
    'a token that was changed': await ask(`${owner.slice(0, -4)}AAAA`, ''),
    'no token at all': await ask('none', ''),
  }).toEqual({
    owner: 'OK',
    'a service for the owner': 'OK',
    'nobody in particular': 'UNAUTHENTICATED',
    'another user': 'NOT_FOUND',
    'another user in the name of the owner': 'FORBIDDEN',
    'a service for another user': 'NOT_FOUND',
    'a token that has ended': 'UNAUTHENTICATED',
    'a token for somebody else': 'UNAUTHENTICATED',
    'a token that was changed': 'UNAUTHENTICATED',
    'no token at all': 'UNAUTHENTICATED',
  });
});
