/** Entries that are set at least before the map is made anew. */
const RENEWED_AFTER = 512;

/** How often one is set for each entry there is: copying one of them is a fraction of what setting one costs. */
const SET_EACH = 4;

/**
 * A map for entries that come and go, such as what is under way for each key. It has the methods of
 * a `Map` that this takes, and lets go of what was taken out.
 *
 * A `Map` of V8 leaves each table that has become too small or too full pointing to the next one. Once such a table is
 * among the old objects, it has every later one taken for alive, with all that was in the map when that was filled up,
 * until the next full collection: up to half of what goes through a busy map is copied twice and grows old. This one begins
 * with a table of its own from time to time, for which it copies the entries there are at that moment.
 *
 * @example
 * const underWay = new TurnoverMap<string, Promise<Answer>>();
 */
export class TurnoverMap<K, V> {
  #entries = new Map<K, V>();
  #left = RENEWED_AFTER;

  /** Entries that there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key; `undefined` when there is none. */
  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** Whether there is an entry of this key. */
  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** Adds an entry, or gives the one of this key another value. */
  set(key: K, value: V): this {
    if (this.#left === 0) {
      this.#entries = new Map(this.#entries);
      this.#left = Math.max(RENEWED_AFTER, SET_EACH * this.#entries.size);
    }
    this.#left -= 1;
    this.#entries.set(key, value);
    return this;
  }

  /** Takes an entry out. @returns whether there was one */
  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  /** All values at this moment, those that were added first in front. */
  values(): V[] {
    return [...this.#entries.values()];
  }
}
