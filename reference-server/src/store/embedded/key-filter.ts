/** Which keys of a table may exist, where every item ends at some time. It errs on one side only. */
export interface KeyFilter {
  /** A key is being written. @param end - epoch milliseconds from which its item no longer exists. */
  add(key: string, end: number): void;
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

  return {
    add(key, end) {
      const generation = current();
      const { bits } = generation;
      const [first, step] = [hash(key, 0x811c9dc5), hash(key, 0x9747b28c) | 1];
      const mask = bits.length * 32 - 1;
      for (let probe = 0; probe < PROBES; probe++) {
        const bit = (first + Math.imul(probe, step)) & mask;
        bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
      }
      generation.keys++;
      generation.end = Math.max(generation.end, end);
    },
    mayHave(key) {
      complete ||= clock() >= completeFrom;
      if (!complete) {
        return true;
      }
      const [first, step] = [hash(key, 0x811c9dc5), hash(key, 0x9747b28c) | 1];
      return generations.some(({ bits }) => {
        const mask = bits.length * 32 - 1;
        for (let probe = 0; probe < PROBES; probe++) {
          const bit = (first + Math.imul(probe, step)) & mask;
          if (((bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) {
            return false;
          }
        }
        return true;
      });
    },
  };
}

/** FNV-1a over the UTF-16 units, mixed so that its low bits depend on all of them. */
function hash(text: string, seed: number): number {
  let state = seed;
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return state ^ (state >>> 16);
}
