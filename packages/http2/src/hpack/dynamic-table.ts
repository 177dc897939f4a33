import { ENTRY_OVERHEAD } from './static-table.ts';

const FIRST_CAPACITY = 16;

/** The dynamic table of one direction of a connection (RFC 7541, 2.3.2): a ring whose newest entry has the index 0. */
export class DynamicTable {
  /** What the entries may occupy together. */
  maxBytes: number;
  /** What they occupy: the octets of names and values, and 32 each. */
  bytes = 0;
  /** Entries. */
  count = 0;
  /** Is another number after every change, so that equal numbers mean that every index means the same. */
  version = 0;
  #names: string[] = [];
  #values: string[] = [];
  /** The slot of the next entry; the number of slots is zero or a power of two. */
  #next = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** @param index - less than {@link count} */
  nameAt(index: number): string {
    return this.#names[(this.#next - 1 - index) & (this.#names.length - 1)] as string;
  }

  /** @param index - less than {@link count} */
  valueAt(index: number): string {
    return this.#values[(this.#next - 1 - index) & (this.#names.length - 1)] as string;
  }

  /** Puts an entry in front. One that is larger than the table leaves it empty (RFC 7541, 4.4). */
  insert(name: string, value: string): void {
    const own = name.length + value.length + ENTRY_OVERHEAD;
    this.version++;
    this.#evict(this.maxBytes - own);
    if (own > this.maxBytes) {
      return;
    }
    if (this.count === this.#names.length) {
      this.#grow();
    }
    this.#names[this.#next] = name;
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) & (this.#names.length - 1);
    this.count++;
    this.bytes += own;
  }

  /** Sets how large the table may be, and evicts what is too much (RFC 7541, 4.3). */
  resize(maxBytes: number): void {
    this.version++;
    this.maxBytes = maxBytes;
    this.#evict(maxBytes);
  }

  /** Drops the oldest entries until the others occupy at most so much. */
  #evict(bytes: number): void {
    while (this.bytes > bytes && this.count > 0) {
      const slot = (this.#next - this.count) & (this.#names.length - 1);
      this.bytes -=
        (this.#names[slot] as string).length + (this.#values[slot] as string).length + ENTRY_OVERHEAD;
      this.count--;
      // Slots without an entry keep nothing alive.
      this.#names[slot] = '';
      this.#values[slot] = '';
    }
  }

  #grow(): void {
    const { count } = this;
    const capacity = count === 0 ? FIRST_CAPACITY : 2 * count;
    // Full, so that the oldest entry is in the next slot.
    const inOrder = (slots: string[]): string[] => [
      ...slots.slice(this.#next),
      ...slots.slice(0, this.#next),
      ...new Array<string>(capacity - count).fill(''),
    ];
    this.#names = inOrder(this.#names);
    this.#values = inOrder(this.#values);
    this.#next = count;
  }
}
