import type { Socket } from 'node:net';

/** What every HTTP/2 connection begins with (RFC 9113, 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** The protocol of a connection, from its first bytes. */
export type Protocol = 'http1' | 'http2';

/**
 * Waits for the first bytes of a connection and says which protocol they begin. The bytes stay in the socket. A
 * connection that takes longer than `timeoutMs` is closed.
 */
export function peek(socket: Socket, timeoutMs: number, decided: (protocol: Protocol) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);

  const stop = (): void => {
    clearTimeout(timer);
    socket.off('readable', read);
    socket.off('close', stop);
  };
  const read = (): void => {
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) {
      seen = Buffer.concat([seen, chunk]);
      const protocol = protocolOf(seen);
      if (protocol !== undefined) {
        stop();
        socket.unshift(seen);
        decided(protocol);
      }
    } else if (socket.readableEnded || socket.destroyed) {
      stop();
      socket.destroy();
    }
  };

  socket.on('readable', read);
  socket.on('close', stop);
}

/** `undefined` while the bytes could still become either. */
export function protocolOf(bytes: Uint8Array): Protocol | undefined {
  const length = Math.min(bytes.length, PREFACE.length);
  if (PREFACE.compare(bytes, 0, length, 0, length) !== 0) {
    return 'http1';
  }
  return length === PREFACE.length ? 'http2' : undefined;
}
