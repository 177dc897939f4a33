import { fenwickTree } from './fenwick-tree.ts';

/** Who waits, by number. */
export interface WaitingRanks {
  /** How many wait. */
  count(): number;
  /** @param number One that does not wait yet. */
  add(number: number): void;
  /** @param number One that waits. */
  remove(number: number): void;
  /** How many up to this number wait, itself included. */
  rankOf(number: number): number;
  /** The number of a rank from 1 to `count`. */
  numberOf(rank: number): number;
}

/** Numbers per chunk. */
const CHUNK_SIZE = 1024;
const WORDS = CHUNK_SIZE / 32;

/**
 * Nobody. One bit says who waits, a Fenwick tree counts the bits by chunk: ranks cost O(log n) and a few bits
 * of memory. Chunks in which nobody waits take none.
 */
export function waitingRanks(): WaitingRanks {
  const counts = fenwickTree();
  /** The bits, and in the last word how many are set. */
  const chunks: (Uint32Array | undefined)[] = [];
  let count = 0;

  const chunkAt = (at: number): Uint32Array => {
    const chunk = chunks[at];
    if (chunk === undefined) {
      throw new Error(`nobody waits in chunk ${at}`);
    }
    return chunk;
  };

  return {
    count() {
      return count;
    },
    add(number) {
      const at = Math.floor(number / CHUNK_SIZE);
      while (counts.length() <= at) {
        counts.push();
        chunks.push(undefined);
      }
      const chunk = chunks[at] ?? new Uint32Array(WORDS + 1);
      chunks[at] = chunk;
      flip(chunk, number);
      chunk[WORDS] = (chunk[WORDS] as number) + 1;
      counts.add(at, 1);
      count++;
    },
    remove(number) {
      const at = Math.floor(number / CHUNK_SIZE);
      const chunk = chunkAt(at);
      flip(chunk, number);
      chunk[WORDS] = (chunk[WORDS] as number) - 1;
      if (chunk[WORDS] === 0) {
        chunks[at] = undefined;
      }
      counts.add(at, -1);
      count--;
    },
    rankOf(number) {
      const slot = number & (CHUNK_SIZE - 1);
      const at = Math.floor(number / CHUNK_SIZE);
      const bits = chunkAt(at);
      let rank = counts.sumBefore(at);
      for (let word = 0; word < slot >> 5; word++) {
        rank += bitsIn(bits[word] as number);
      }
      return rank + bitsIn((bits[slot >> 5] as number) & (0xffffffff >>> (31 - (slot & 31))));
    },
    numberOf(rank) {
      const at = counts.slotOf(rank);
      let left = rank - counts.sumBefore(at);
      const chunk = chunkAt(at);
      let word = 0;
      for (let bits = bitsIn(chunk[0] as number); bits < left; bits = bitsIn(chunk[word] as number)) {
        left -= bits;
        word++;
      }
      let bits = chunk[word] as number;
      for (; left > 1; left--) {
        bits &= bits - 1;
      }
      return at * CHUNK_SIZE + word * 32 + 31 - Math.clz32(bits & -bits);
    },
  };
}

function flip(bits: Uint32Array, number: number): void {
  const slot = number & (CHUNK_SIZE - 1);
  bits[slot >> 5] = (bits[slot >> 5] as number) ^ (1 << (slot & 31));
}

/** Number of ones in a 32-bit word. */
function bitsIn(word: number): number {
  let pairs = word - ((word >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
