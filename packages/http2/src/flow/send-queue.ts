import type { FieldBlock } from '../server-stream.ts';

/** A piece that is less than this share of what it is a view of is copied. */
const SHARE = 1 / 4;

/** What of one body has not been sent yet. Made for those streams only that cannot send at once. */
export class SendQueue {
  readonly #pieces: Uint8Array[] = [];
  /** The first piece that is left, and where in it. */
  #index = 0;
  #offset = 0;
  /** Bytes that wait. */
  bytes = 0;
  /** Nothing is added any more; then come the trailers, if there are any. */
  isEnding = false;
  trailers: FieldBlock | undefined;
  /** Whether it waits for its turn, rather than for its window. */
  isReady = false;
  /** Somebody waits to write more. */
  isAwaited = false;
  /** What the client has taken lately, and since when: for those who look from time to time. */
  sent = 0;
  since: number | undefined = undefined;

  add(piece: Uint8Array): void {
    // A view keeps alive all of what it is a view of, for as long as the client likes; and nobody counts that.
    this.#pieces.push(piece.length < piece.buffer.byteLength * SHARE ? new Uint8Array(piece) : piece);
    this.bytes += piece.length;
  }

  /** The piece that is next. */
  get piece(): Uint8Array | undefined {
    return this.#pieces[this.#index];
  }

  /** Where in it. */
  get offset(): number {
    return this.#offset;
  }

  /** Has sent some bytes of the next piece. */
  advance(bytes: number): void {
    this.bytes -= bytes;
    this.sent += bytes;
    this.#offset += bytes;
    if (this.#offset === this.#pieces[this.#index]?.length) {
      this.#offset = 0;
      this.#index += 1;
      if (this.#index * 2 > this.#pieces.length) {
        this.#pieces.splice(0, this.#index);
        this.#index = 0;
      }
    }
  }
}
