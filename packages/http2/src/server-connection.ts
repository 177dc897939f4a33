import type { Duplex } from 'node:stream';
import type { ErrorCode } from './error-code.ts';

/** A client's connection. */
export interface ServerConnection {
  readonly socket: Duplex;
  /** Address of the client, where the socket knows one. */
  readonly peer: string | undefined;
  readonly openStreams: number;
  /** On the clock of `performance.now`: since when no stream is open. */
  readonly idleSince: number;
  /** No more than the last answers will leave: it is draining, ending or closed. */
  readonly isEnding: boolean;
  /** The caller's own. */
  context: unknown;
  /**
   * Tells the client that nothing new is taken, as RFC 9113 (6.8) advises: a first GOAWAY, and a second one once what
   * was on its way has arrived. Closes the socket after the last stream.
   */
  drain(): void;
  /** Tells the client why and closes the socket; open streams are lost. Default: NO_ERROR. */
  destroy(code?: ErrorCode, debug?: string): void;
}
