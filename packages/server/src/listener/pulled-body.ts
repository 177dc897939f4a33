/** Who sends the body, and can be held back. */
export interface BodySource {
  pause(): void;
  resume(): void;
}

/** Bytes that may wait for their reader before the client is held back. */
const ENOUGH_BYTES = 64 * 1024;
/** Below this, pieces that wait are copied together: a client can make them as small as it likes. */
const SMALL_BYTES = 1024;
const TOGETHER_BYTES = 16 * 1024;
const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

interface Waiting {
  resolve(step: IteratorResult<Uint8Array, undefined>): void;
  reject(reason: unknown): void;
}

/**
 * A body that comes in pieces and is read at its reader's pace. It can be read once; whoever leaves it early leaves the
 * request as it is.
 */
export class PulledBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #source: BodySource;
  #pieces: Uint8Array[] = [];
  /** How many of them have been read. */
  #read = 0;
  #bytes = 0;
  /** Of which the last piece is the beginning, where that was put together. */
  #together: { readonly buffer: Buffer; end: number } | undefined;
  #isPaused = false;
  #isEnded = false;
  #failure: { readonly reason: unknown } | undefined;
  #waiting: Waiting[] = [];

  constructor(source: BodySource) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** A piece has come. */
  push(piece: Uint8Array): void {
    if (this.#isEnded) {
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value: piece });
      return;
    }
    this.#keep(piece);
    this.#bytes += piece.length;
    if (this.#bytes > ENOUGH_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#source.pause();
    }
  }

  #keep(piece: Uint8Array): void {
    if (piece.length >= SMALL_BYTES || this.#pieces.length === this.#read) {
      this.#together = undefined;
      this.#pieces.push(piece);
      return;
    }
    let together = this.#together;
    if (together === undefined || together.end + piece.length > together.buffer.length) {
      together = { buffer: Buffer.allocUnsafeSlow(TOGETHER_BYTES), end: 0 };
      this.#together = together;
      this.#pieces.push(piece);
    }
    together.buffer.set(piece, together.end);
    together.end += piece.length;
    this.#pieces[this.#pieces.length - 1] = together.buffer.subarray(0, together.end);
  }

  /** There is nothing more to come. */
  end(): void {
    this.#isEnded = true;
    for (const waiting of this.#waiting.splice(0)) {
      waiting.resolve(DONE);
    }
  }

  /** It breaks off: what has come is read first. */
  fail(reason: unknown): void {
    if (!this.#isEnded) {
      this.#isEnded = true;
      const [first, ...others] = this.#waiting.splice(0);
      if (first === undefined) {
        this.#failure = { reason };
      } else {
        first.reject(reason);
        for (const waiting of others) {
          waiting.resolve(DONE);
        }
      }
    }
  }

  /** Nobody reads on: what has come is dropped, and what still comes. */
  discard(): void {
    this.#isEnded = true;
    this.#bytes = 0;
    this.#empty();
    this.end();
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const piece = this.#pieces[this.#read];
    if (piece !== undefined) {
      this.#read += 1;
      this.#bytes -= piece.length;
      if (this.#read === this.#pieces.length) {
        this.#empty();
      }
      return Promise.resolve({ done: false, value: piece });
    }
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#failure = undefined;
      return Promise.reject(failure.reason);
    }
    return this.#isEnded
      ? Promise.resolve(DONE)
      : new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    return Promise.resolve(DONE);
  }

  #empty(): void {
    this.#pieces = [];
    this.#together = undefined;
    this.#read = 0;
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#source.resume();
    }
  }
}
