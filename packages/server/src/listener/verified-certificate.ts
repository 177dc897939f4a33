import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';

const certificates = new WeakMap<TLSSocket, PeerCertificate>();

/** The certificate of a connection's client, where it has one that was verified; one object for each connection. */
export function verifiedCertificate(socket: Socket | undefined): PeerCertificate | undefined {
  // Behind HTTP/2 there is a proxy of the socket.
  if (socket === undefined || !(socket instanceof TLSSocket) || !socket.authorized) {
    return undefined;
  }
  let certificate = certificates.get(socket);
  if (certificate === undefined) {
    certificate = socket.getPeerCertificate();
    certificates.set(socket, certificate);
  }
  return Object.keys(certificate).length === 0 ? undefined : certificate;
}
