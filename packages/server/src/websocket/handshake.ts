import type { IncomingMessage } from 'node:http';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { verifiedCertificate } from '../listener/verified-certificate.ts';
import { webHeaders } from '../listener/web-headers.ts';
import type { PageOrigin } from './origin.ts';

/** The request that opened a connection, as authenticators and handlers see it. */
export interface Handshake {
  readonly peer: string | undefined;
  readonly url: string;
  peerCertificate(): PeerCertificate | undefined;
  /** The value of a header, several joined by commas. `name` is in lower case. */
  header(name: string): string | undefined;
  /** All headers, a new object each time. */
  headers(): Headers;
}

/** What browsers add by themselves, whoever's page it is. */
const AMBIENT: ReadonlySet<string> = new Set(['cookie', 'authorization']);

/** The handshake, without what a browser has added to that of another's page. */
export function handshakeOf(request: IncomingMessage, origin: PageOrigin): Handshake {
  const { socket } = request;
  const headers =
    origin === 'own'
      ? request.headers
      : Object.fromEntries(Object.entries(request.headers).filter(([name]) => !AMBIENT.has(name)));
  const scheme = socket instanceof TLSSocket ? 'wss' : 'ws';
  // The socket forgets it when it closes, and the log asks then.
  const peer = socket.remoteAddress;
  return {
    peer,
    url: `${scheme}://${request.headers.host ?? ''}${request.url ?? ''}`,
    peerCertificate: () => (origin === 'own' ? verifiedCertificate(socket) : undefined),
    header: (name) => {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return typeof value === 'object' ? value.join(', ') : value;
    },
    headers: () => webHeaders(headers),
  };
}

/** The same with the bearer token that the client has shown since. */
export function withToken(handshake: Handshake, token: string): Handshake {
  const authorization = `Bearer ${token}`;
  return {
    peer: handshake.peer,
    url: handshake.url,
    peerCertificate: () => handshake.peerCertificate(),
    header: (name) => (name === 'authorization' ? authorization : handshake.header(name)),
    headers: () => {
      const headers = handshake.headers();
      headers.set('authorization', authorization);
      return headers;
    },
  };
}
