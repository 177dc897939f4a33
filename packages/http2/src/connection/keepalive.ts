import { ErrorCode } from '../error-code.ts';
import { Http2Error } from '../http2-error.ts';
import type { Connection } from './connection.ts';
import { writeKeepalive } from './own-frames.ts';

/** Asks a client that says nothing for long whether it is still there. Whatever it says then is an answer. */
export class Keepalive {
  readonly #connection: Connection;
  /** Nothing has come after so many chunks. */
  #chunks = -1;
  #quietSince = 0;
  #pingedAt: number | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * @param now - on the clock of the connection
   * @throws Http2Error when the client is gone. NO_ERROR: a client that is not has done nothing wrong, and may repeat
   * its calls
   */
  check(now: number): void {
    const connection = this.#connection;
    const { keepaliveTimeMs, keepaliveTimeoutMs, keepaliveWithoutStreams } = connection.parts.options;
    const isWanted = connection.openStreams > 0 || keepaliveWithoutStreams;
    // Who is not read from for not reading has a time of its own.
    if (this.#chunks !== connection.chunkCount || connection.socket.isPaused()) {
      this.#chunks = connection.chunkCount;
      this.#quietSince = now;
      this.#pingedAt = undefined;
    } else if (this.#pingedAt !== undefined) {
      if (now - this.#pingedAt > keepaliveTimeoutMs) {
        throw new Http2Error(
          ErrorCode.NO_ERROR,
          `a PING had no answer within ${keepaliveTimeoutMs} ms, after ${keepaliveTimeMs} ms of silence`,
        );
      }
    } else if (isWanted && now - this.#quietSince > keepaliveTimeMs) {
      this.#pingedAt = now;
      writeKeepalive(connection.parts.output);
      connection.touch();
    }
  }
}
