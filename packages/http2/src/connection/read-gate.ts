import type { Duplex } from 'node:stream';

/** Stops reading from a client that does not take its answers, until it has taken half of what waits. */
export class ReadGate {
  readonly #socket: Duplex;
  readonly #maxWaitingBytes: number;
  #isShut = false;

  constructor(socket: Duplex, maxWaitingBytes: number) {
    this.#socket = socket;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /** @param waitingBytes - what the socket has not taken */
  update(waitingBytes: number): void {
    if (!this.#isShut && waitingBytes > this.#maxWaitingBytes) {
      this.#isShut = true;
      this.#socket.pause();
    } else if (this.#isShut && waitingBytes <= this.#maxWaitingBytes / 2) {
      this.open();
    }
  }

  open(): void {
    if (this.#isShut) {
      this.#isShut = false;
      this.#socket.resume();
    }
  }
}
