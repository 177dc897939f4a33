const EMPTY = Buffer.alloc(0);

/** A body that is arriving. Most have one chunk, which is not copied. */
export class Body {
  bytes = 0;
  #first: Buffer = EMPTY;
  #chunks: Buffer[] | undefined;

  push(chunk: Buffer): void {
    if (this.bytes === 0) {
      this.#first = chunk;
    } else {
      this.#chunks ??= [this.#first];
      this.#chunks.push(chunk);
    }
    this.bytes += chunk.length;
  }

  /** What has come so far; it is not kept any longer. */
  take(): Buffer {
    const body = this.#chunks === undefined ? this.#first : Buffer.concat(this.#chunks, this.bytes);
    this.#first = EMPTY;
    this.#chunks = undefined;
    return body;
  }
}
