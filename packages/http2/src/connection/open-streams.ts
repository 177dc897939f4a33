import type { Stream } from '../stream/stream.ts';

/** A power of two, above the usual number of streams at once. */
const SLOTS = 128;

/**
 * Open streams by their numbers. Since clients count them up by two, those that are open at the same time nearly always
 * have a slot each, which is a seventh of the whole engine faster than a `Map`; the rest are in one.
 */
export class OpenStreams {
  readonly #slots: (Stream | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #others = new Map<number, Stream>();
  size = 0;

  get(id: number): Stream | undefined {
    const stream = this.#slots[slotOf(id)];
    if (stream !== undefined && stream.id === id) {
      return stream;
    }
    return this.#others.size === 0 ? undefined : this.#others.get(id);
  }

  add(stream: Stream): void {
    const slot = slotOf(stream.id);
    if (this.#slots[slot] === undefined) {
      this.#slots[slot] = stream;
    } else {
      this.#others.set(stream.id, stream);
    }
    this.size += 1;
  }

  /** @param stream - one that was added */
  delete(stream: Stream): void {
    const slot = slotOf(stream.id);
    if (this.#slots[slot] === stream) {
      this.#slots[slot] = undefined;
    } else {
      this.#others.delete(stream.id);
    }
    this.size -= 1;
  }

  /** All of them at this moment. */
  list(): Stream[] {
    const streams = this.#slots.filter((stream) => stream !== undefined);
    return [...streams, ...this.#others.values()];
  }
}

function slotOf(id: number): number {
  return (id >>> 1) & (SLOTS - 1);
}
