import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Limits } from '../limits.ts';

/** Asks a client of `node:http2` that says nothing for long whether it is still there. */
export class SessionKeepalive {
  readonly #session: Http2Session;
  readonly #socket: Pick<Socket, 'bytesRead'>;
  readonly #limits: Limits;
  /** Nothing has come after so many bytes. */
  #bytes = -1;
  #quietSince = 0;
  #pingedAt: number | undefined;

  constructor(session: Http2Session, socket: Pick<Socket, 'bytesRead'>, limits: Limits) {
    this.#session = session;
    this.#socket = socket;
    this.#limits = limits;
  }

  /** @param now - on the clock of `performance.now` */
  check(now: number): void {
    const { keepaliveTimeMs, keepaliveTimeoutMs } = this.#limits;
    const { bytesRead } = this.#socket;
    if (this.#bytes !== bytesRead) {
      this.#bytes = bytesRead;
      this.#quietSince = now;
      this.#pingedAt = undefined;
    } else if (this.#pingedAt !== undefined) {
      if (now - this.#pingedAt > keepaliveTimeoutMs) {
        this.#session.destroy();
      }
    } else if (now - this.#quietSince > keepaliveTimeMs && !this.#session.destroyed) {
      this.#pingedAt = now;
      this.#session.ping(ignore);
    }
  }
}

function ignore(): void {
  // Whatever comes is an answer.
}
