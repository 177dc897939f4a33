/** Something that was made from octets, kept with a copy of them. */
interface Kept<T> {
  readonly hash: number;
  readonly key: Uint8Array;
  readonly value: T;
  /** What it occupies altogether. */
  readonly cost: number;
}

/** Up to here a loop is faster than the call of a built-in that compares. */
const SHORT = 64;

/** What an entry costs beside key and value, in bytes, roughly. */
const OVERHEAD = 160;

export interface ByteMemoLimits {
  /** How many values are kept at most; a power of two. */
  readonly slots: number;
  /** The longest key, in bytes. */
  readonly maxKeyBytes: number;
  /** What keys and values may occupy together; all are forgotten when it would be more. */
  readonly maxBytes: number;
}

/**
 * Keeps what was made from a run of octets until the same octets come again. What comes once costs no memory: only a hash
 * of it stays, and it is kept when it comes a second time. A lookup compares octets and allocates nothing.
 */
export class ByteMemo<T> {
  readonly #limits: ByteMemoLimits;
  readonly #entries: (Kept<T> | undefined)[];
  /** The hash of what came last without being kept. */
  readonly #seen: number[];
  #bytes = 0;

  constructor(limits: ByteMemoLimits) {
    this.#limits = limits;
    this.#entries = new Array(limits.slots).fill(undefined);
    this.#seen = new Array(limits.slots).fill(0);
  }

  /** What keys and values occupy, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param hash - of these octets, see {@link hashOf} */
  find(hash: number, bytes: Buffer, start: number, end: number): T | undefined {
    const entry = this.#entries[hash & (this.#limits.slots - 1)];
    return entry !== undefined && entry.hash === hash && isEqual(entry.key, bytes, start, end)
      ? entry.value
      : undefined;
  }

  /** @param valueBytes - what the value occupies */
  keep(hash: number, bytes: Buffer, start: number, end: number, value: T, valueBytes: number): void {
    const { slots, maxKeyBytes, maxBytes } = this.#limits;
    const slot = hash & (slots - 1);
    if (this.#seen[slot] !== hash) {
      this.#seen[slot] = hash;
      return;
    }
    const length = end - start;
    const cost = length + valueBytes + OVERHEAD;
    if (length > maxKeyBytes || cost > maxBytes) {
      return;
    }
    this.#bytes += cost - (this.#entries[slot]?.cost ?? 0);
    if (this.#bytes > maxBytes) {
      this.clear();
      this.#bytes = cost;
    }
    const key = new Uint8Array(length);
    key.set(bytes.subarray(start, end));
    this.#entries[slot] = { hash, key, value, cost };
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.fill(undefined);
    this.#bytes = 0;
  }
}

/** A hash of up to some 64 of the octets, and of how many they are. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const step = 1 + (length >>> 6);
  let hash = length;
  for (let at = end - 1; at >= start; at -= step) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}

function isEqual(key: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
  const { length } = key;
  if (length !== end - start) {
    return false;
  }
  if (length > SHORT) {
    return bytes.compare(key, 0, length, start, end) === 0;
  }
  for (let at = 0; at < length; at++) {
    if (key[at] !== bytes[start + at]) {
      return false;
    }
  }
  return true;
}
