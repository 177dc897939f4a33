/** Something that was made from octets, kept with a copy of them. */
interface Kept<T> {
  readonly hash: number;
  readonly key: Uint8Array;
  readonly value: T;
  /** What it occupies altogether. */
  readonly cost: number;
  /** How often others would have had its place since it was of use. */
  strikes: number;
}

/** Another key takes the place of one only after so many, since its copy has a price: two in turns would cost one each time. */
const MAX_STRIKES = 8;

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
    if (entry === undefined || entry.hash !== hash || !isEqual(entry.key, bytes, start, end)) {
      return undefined;
    }
    entry.strikes = 0;
    return entry.value;
  }

  /** @param valueBytes - what the value occupies */
  keep(hash: number, bytes: Buffer, start: number, end: number, value: T, valueBytes: number): void {
    const { slots, maxKeyBytes, maxBytes } = this.#limits;
    const slot = hash & (slots - 1);
    const entry = this.#entries[slot];
    const hasSameHash = entry !== undefined && entry.hash === hash;
    if (!hasSameHash && this.#seen[slot] !== hash) {
      this.#seen[slot] = hash;
      return;
    }
    const length = end - start;
    const cost = length + valueBytes + OVERHEAD;
    if (length > maxKeyBytes || cost > maxBytes) {
      return;
    }
    const isSameKey = hasSameHash && isEqual(entry.key, bytes, start, end);
    if (entry !== undefined && !isSameKey && ++entry.strikes < MAX_STRIKES) {
      return;
    }
    this.#bytes += cost - (entry?.cost ?? 0);
    if (this.#bytes > maxBytes) {
      this.clear();
      this.#bytes = cost;
    }
    const key = isSameKey ? entry.key : copied(bytes, start, end);
    this.#entries[slot] = { hash, key, value, cost, strikes: 0 };
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.fill(undefined);
    this.#bytes = 0;
  }
}

/** A hash of up to some 256 of the octets, and of how many they are: fields that change are a few octets of a block. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const step = 1 + (length >>> 8);
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

function copied(bytes: Buffer, start: number, end: number): Uint8Array {
  // Memory of its own: a part of a pool would keep all of it alive.
  const key = new Uint8Array(end - start);
  key.set(bytes.subarray(start, end));
  return key;
}
