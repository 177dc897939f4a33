import type { BodyBudget } from './body-budget.ts';

const EMPTY = Buffer.alloc(0);
const MIN_ROOM = 4096;

/**
 * A body that is arriving. Most have one chunk, which is not copied; of the others no chunk is kept, because a client
 * can make them as small as it likes, and each costs many times its bytes.
 */
export class Body {
  bytes = 0;
  /** Begins with what has come so far. */
  #buffer: Buffer = EMPTY;
  readonly #budget: BodyBudget;

  constructor(budget: BodyBudget) {
    this.#budget = budget;
  }

  /** There is something that has not been taken. */
  get isHeld(): boolean {
    return this.#buffer !== EMPTY;
  }

  push(chunk: Buffer): void {
    const { bytes } = this;
    const all = bytes + chunk.length;
    const held = this.#buffer.length;
    if (bytes === 0) {
      this.#buffer = chunk;
    } else {
      if (all > this.#buffer.length) {
        const grown = Buffer.allocUnsafeSlow(Math.max(all, bytes * 2, MIN_ROOM));
        this.#buffer.copy(grown, 0, 0, bytes);
        this.#buffer = grown;
      }
      chunk.copy(this.#buffer, bytes);
    }
    this.bytes = all;
    this.#budget.used += this.#buffer.length - held;
  }

  /** What has come so far; it is not kept any longer. */
  take(): Buffer {
    const buffer = this.#buffer;
    const body = buffer.length === this.bytes ? buffer : buffer.subarray(0, this.bytes);
    this.drop();
    return body;
  }

  /** Keeps nothing of what has come. */
  drop(): void {
    this.#budget.used -= this.#buffer.length;
    this.#buffer = EMPTY;
  }
}
