import { fenwickTree } from './fenwick-tree.ts';
import { CHUNK_SIZE, chunkOf, type PlaceEntries, slotOf } from './place-entries.ts';

/** Who waits, in the order of the line. */
export interface WaitingRanks {
  /** How many wait. */
  readonly count: number;
  /** @param sequence A place that does not wait yet. */
  add(sequence: number): void;
  /** @param sequence A place that waits. */
  remove(sequence: number): void;
  /** How many places up to this one wait, itself included: the position of a waiting place. */
  rankOf(sequence: number): number;
  /** The waiting place of a rank from 1 to `count`. */
  sequenceOf(rank: number): number;
}

/**
 * Nobody. One bit a place says who waits, a Fenwick tree counts the bits by chunk: ranks cost O(log n) and
 * a few bits of memory.
 */
export function waitingRanks(entries: PlaceEntries): WaitingRanks {
  const counts = fenwickTree();
  let count = 0;

  return {
    get count() {
      return count;
    },
    add(sequence) {
      const number = chunkOf(sequence);
      while (counts.length <= number) {
        counts.push();
      }
      flip(entries.at(sequence).waiting, slotOf(sequence));
      counts.add(number, 1);
      count++;
    },
    remove(sequence) {
      flip(entries.at(sequence).waiting, slotOf(sequence));
      counts.add(chunkOf(sequence), -1);
      count--;
    },
    rankOf(sequence) {
      const slot = slotOf(sequence);
      const { waiting } = entries.at(sequence);
      let rank = counts.sumBefore(chunkOf(sequence));
      for (let word = 0; word < slot >> 5; word++) {
        rank += bitsIn(waiting[word] as number);
      }
      return rank + bitsIn((waiting[slot >> 5] as number) & (0xffffffff >>> (31 - (slot & 31))));
    },
    sequenceOf(rank) {
      const number = counts.slotOf(rank);
      let left = rank - counts.sumBefore(number);
      const first = number * CHUNK_SIZE;
      const { waiting } = entries.at(first);
      let word = 0;
      for (let bits = bitsIn(waiting[0] as number); bits < left; bits = bitsIn(waiting[word] as number)) {
        left -= bits;
        word++;
      }
      let bits = waiting[word] as number;
      for (; left > 1; left--) {
        bits &= bits - 1;
      }
      return first + word * 32 + 31 - Math.clz32(bits & -bits);
    },
  };
}

function flip(bits: Uint32Array, slot: number): void {
  bits[slot >> 5] = (bits[slot >> 5] as number) ^ (1 << (slot & 31));
}

/** Number of ones in a 32-bit word. */
function bitsIn(word: number): number {
  let pairs = word - ((word >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
