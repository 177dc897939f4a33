import { limits } from '../limits.ts';

/** Which keys of a table may exist, where every item ends at some time. It errs on one side only. */
export interface KeyFilter {
  /** A key is being written. @param end - epoch milliseconds from which its item no longer exists. */
  add(key: string, end: number): void;
  /**
   * Adds a key unless it seems to be there already: only where nothing ever ends, since what is there may end earlier.
   *
   * @returns whether it was added
   */
  addNew(key: string, end: number): boolean;
  /** `false` only where there surely is no item of this key. */
  mayHave(key: string): boolean;
}

/** A Bloom filter of the keys that were written in some span of time. */
interface Generation {
  readonly bits: Uint32Array;
  readonly capacity: number;
  keys: number;
  /** When the last of its items ends. */
  end: number;
}

const FIRST_CAPACITY = 1 << 14;
const MAX_CAPACITY = 1 << 22;

/** With so many bits for a key and {@link PROBES} of them set, one absent key in 400 is taken for one that may exist. */
const BITS_PER_KEY = 16;
const PROBES = 4;

/** Generations from which on new ones are larger, so that few have to be looked through whatever the load. */
const FEW = 4;

/**
 * Creates a {@link KeyFilter}. Keys are never taken out one by one: those that were written at about the same time are
 * forgotten together, once the last of them has ended. It takes two bytes for each key of about the last two lifetimes.
 *
 * @param completeFrom - epoch milliseconds from which on everything that exists was added; until then any key may exist.
 */
export function createKeyFilter(completeFrom: number, clock: () => number): KeyFilter {
  let generations: Generation[] = [];
  let complete = false;

  /** The generation to add to, the newest one last. */
  function current(): Generation {
    const last = generations.at(-1);
    if (last !== undefined && last.keys < last.capacity) {
      return last;
    }
    const now = clock();
    generations = generations.filter(({ end }) => end > now);
    const wanted = (last?.capacity ?? FIRST_CAPACITY) * (generations.length >= FEW ? 2 : 1);
    const capacity = Math.min(wanted, MAX_CAPACITY);
    const bits = new Uint32Array((capacity * BITS_PER_KEY) / 32);
    const next: Generation = { bits, capacity, keys: 0, end: 0 };
    generations.push(next);
    return next;
  }

  /** Adds the key that {@link hash} is of. */
  function addHashed(end: number): void {
    const generation = current();
    const { bits } = generation;
    const { first, step } = hash;
    const mask = bits.length * 32 - 1;
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = (first + Math.imul(probe, step)) & mask;
      bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
    generation.keys++;
    generation.end = Math.max(generation.end, end);
  }

  /** Whether the key that {@link hash} is of was added. */
  function hasHashed(): boolean {
    const { first, step } = hash;
    for (const { bits } of generations) {
      if (hasAll(bits, first, step)) {
        return true;
      }
    }
    return false;
  }

  return {
    add(key, end) {
      hashOf(key);
      addHashed(end);
    },
    addNew(key, end) {
      hashOf(key);
      const isNew = !hasHashed();
      if (isNew) {
        addHashed(end);
      }
      return isNew;
    },
    mayHave(key) {
      complete ||= clock() >= completeFrom;
      if (!complete) {
        return true;
      }
      hashOf(key);
      return hasHashed();
    },
  };
}

function hasAll(bits: Uint32Array, first: number, step: number): boolean {
  const mask = bits.length * 32 - 1;
  for (let probe = 0; probe < PROBES; probe++) {
    const bit = (first + Math.imul(probe, step)) & mask;
    if (((bits[bit >>> 5] as number) & (1 << (bit & 31))) === 0) {
      return false;
    }
  }
  return true;
}

const WORD_BYTES = 4;
const words = new Int32Array(limits.keyBytes / WORD_BYTES + 1);
const bytes = Buffer.from(words.buffer);

/** Where the probes of a key begin, and how far they lie apart. */
const hash = { first: 0, step: 0 };

/** Sets {@link hash}. A key is hashed as UTF-8, four bytes at a time: one by one its characters take twice as long. */
function hashOf(key: string): void {
  const length = bytes.write(key, 0, limits.keyBytes, 'utf8');
  // The last word has what is left, and nothing.
  bytes[length] = 0;
  bytes[length + 1] = 0;
  bytes[length + 2] = 0;
  bytes[length + 3] = 0;
  let first = length;
  let step = 0x9747b28c;
  for (let at = 0; at <= length >> 2; at++) {
    const word = words[at] as number;
    first = Math.imul(first ^ word, 0x85ebca6b);
    first ^= first >>> 15;
    step = Math.imul(step ^ word, 0xc2b2ae35);
    step ^= step >>> 13;
  }
  hash.first = mixed(first);
  hash.step = mixed(step) | 1;
}

/** Has every bit depend on all of them. */
function mixed(state: number): number {
  let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
