import { Duplex } from 'node:stream';

/** The server's end of a connection in memory. */
export class MemorySocket extends Duplex {
  /** What the server has written and the client has taken. */
  readonly written: Buffer[] = [];
  /** The client takes nothing for now. */
  isDeaf = false;
  #taken: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: true });
  }

  /** The client takes everything again. */
  listen(): void {
    this.isDeaf = false;
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override _read(): void {
    // What comes is pushed.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    // A copy, since a socket of the system would have made one.
    this.written.push(Buffer.from(chunk));
    if (this.isDeaf) {
      this.#taken = taken;
    } else {
      taken();
    }
  }
}
