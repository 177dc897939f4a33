import type { Readable } from 'node:stream';
import { Code, ConnectError } from '@connectrpc/connect';

/**
 * The body of a request of Node, no faster than it is read. Whoever leaves it early leaves the request as it is.
 *
 * @param isWhole - whether a body that has ended has come to its end: requests of `node:http2` that break off before
 * they are read end, too; those of `node:http` fail by themselves
 * @throws Error where it breaks off
 */
export async function* nodeBody(request: Readable, isWhole?: () => boolean): AsyncGenerator<Uint8Array> {
  for await (const bytes of request.iterator({ destroyOnReturn: false })) {
    yield bytes;
  }
  if (isWhole?.() === false) {
    throw new ConnectError('the client has given up', Code.Canceled);
  }
}

/** Throws away what is left of a body: a client that goes on writing must not wait for somebody who reads. */
export function discardRest(request: Readable): void {
  if (!request.readableEnded) {
    request.removeAllListeners('readable');
    // Node notices one tick later that nobody listens, and lets it flow.
    setImmediate(() => request.resume());
  }
}
