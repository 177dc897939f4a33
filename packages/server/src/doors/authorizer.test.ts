import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { Auth } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { userCaller } from '../caller.ts';
import { refuse } from '../errors/failure.ts';
import { MailService } from '../testdata/gen/mail/v1/mail_pb.js';
import { connectTo } from '../websocket/testdata/client.ts';
import { serveMail } from '../websocket/testdata/serve-mail.ts';

/** Opens the letters of a box through a door. Gives the code of its refusal, or `OK`. */
type Door = (url: string, token: string | undefined) => Promise<string>;

const bearer = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

const procedures =
  (transport: (baseUrl: string) => Transport): Door =>
  async (url, token) => {
    const client = createClient(MailService, transport(url));
    try {
      for await (const { sequence } of client.watchLetters({ boxId: 'short' }, { headers: bearer(token) })) {
        expect(sequence).toBeGreaterThan(0n);
      }
      return 'OK';
    } catch (reason) {
      const name = Code[ConnectError.from(reason).code];
      return name.replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
    }
  };

const rest =
  (accept: string): Door =>
  async (url, token) => {
    const headers = { accept, ...bearer(token) };
    const answer = await fetch(`${url}/v1/boxes/short/letters:watch`, { headers });
    const text = await answer.text();
    return answer.ok ? 'OK' : JSON.parse(text).error.code;
  };

const webSocket =
  (show: 'with the handshake' | 'in a frame'): Door =>
  async (url, token) => {
    const isHeader = show === 'with the handshake';
    const client = await connectTo(url, { headers: isHeader ? bearer(token) : {} });
    if (token !== undefined && !isHeader) {
      client.send({ type: 'authenticate', token });
    }
    client.send({
      type: 'subscribe',
      id: 'a',
      method: 'mail.v1.MailService/WatchLetters',
      request: { boxId: 'short' },
    });
    const last = await client.frame(({ type }) => type === 'end' || type === 'error');
    return last.type === 'end' ? 'OK' : String(last.error?.code);
  };

const doors: Readonly<Record<string, Door>> = {
  gRPC: procedures((baseUrl) => createGrpcTransport({ baseUrl })),
  'gRPC-Web': procedures((baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })),
  'Connect, binary': procedures((baseUrl) => createConnectTransport({ baseUrl, httpVersion: '2' })),
  'Connect, JSON': procedures((baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false }),
  ),
  'REST, by lines': rest('application/x-ndjson'),
  'REST, by events': rest('text/event-stream'),
  'WebSocket, by a header': webSocket('with the handshake'),
  'WebSocket, by a frame': webSocket('in a frame'),
};

test.each(Object.entries(doors))('SECURITY 34: %s passes the same authorizer', async (_name, ask) => {
  const seen: (string | null)[] = [];
  const { url, mailbox } = await serveMail({
    errors: undefined,
    policies: () => ({ auth: Auth.USER, scopes: ['mail.read'] }),
    authenticate: ({ header }) => {
      const shown = header.get('authorization');
      seen.push(shown);
      switch (shown) {
        case 'Bearer ann':
          return userCaller('ann', ['mail.read']);
        case 'Bearer bob':
          return userCaller('bob', ['mail.write']);
        case null:
          return undefined;
        default:
          throw refuse('UNAUTHENTICATED', 'the token is not valid');
      }
    },
  });

  expect({
    ann: await ask(url, 'ann'),
    'a user without the scope': await ask(url, 'bob'),
    'an unknown token': await ask(url, 'eve'),
    nobody: await ask(url, undefined),
  }).toEqual({
    ann: 'OK',
    'a user without the scope': 'PERMISSION_DENIED',
    'an unknown token': 'UNAUTHENTICATED',
    nobody: 'UNAUTHENTICATED',
  });
  expect(seen).toEqual(['Bearer ann', 'Bearer bob', 'Bearer eve', null]);
  expect(mailbox.calls).toHaveLength(1);
});
