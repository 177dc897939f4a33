import type { BuyerKey } from './buyer-key.ts';
import { KEY_WORDS, type PlaceEntries, slotOf } from './place-entries.ts';

/** Finds the place of a buyer. A buyer has at most one here. */
export interface BuyerIndex {
  find(key: BuyerKey): number | undefined;
  /** @param sequence A place whose buyer is written down and has none here. */
  add(sequence: number): void;
  /** @param sequence A place that is here. */
  remove(sequence: number): void;
}

/** Parts that grow one by one, so that no call pays for all of a million places. A power of two. */
const SHARDS = 64;
const MIN_SLOTS = 16;

/**
 * An index without places: hash tables with linear probing of nothing but sequence numbers; the keys are
 * compared in the entries. Takes 5 to 12 bytes a place.
 */
export function buyerIndex(entries: PlaceEntries): BuyerIndex {
  const shards: ({ slots: Uint32Array; used: number } | undefined)[] = new Array(SHARDS).fill(undefined);

  const word = (sequence: number, index: number): number =>
    entries.at(sequence).buyer[slotOf(sequence) * KEY_WORDS + index] as number;

  const insert = (slots: Uint32Array, sequence: number): void => {
    const mask = slots.length - 1;
    let at = word(sequence, 0) & mask;
    while (slots[at] !== 0) {
      at = (at + 1) & mask;
    }
    slots[at] = sequence;
  };

  const resized = (old: Uint32Array, length: number): Uint32Array => {
    const slots = new Uint32Array(length);
    for (const sequence of old) {
      if (sequence !== 0) {
        insert(slots, sequence);
      }
    }
    return slots;
  };

  return {
    find(key) {
      const shard = shards[(key[1] as number) % SHARDS];
      if (shard === undefined) {
        return undefined;
      }
      const mask = shard.slots.length - 1;
      for (let at = (key[0] as number) & mask; ; at = (at + 1) & mask) {
        const sequence = shard.slots[at] as number;
        if (sequence === 0) {
          return undefined;
        }
        if (isOf(entries, sequence, key)) {
          return sequence;
        }
      }
    },
    add(sequence) {
      const number = word(sequence, 1) % SHARDS;
      const shard = shards[number] ?? { slots: new Uint32Array(MIN_SLOTS), used: 0 };
      shards[number] = shard;
      shard.used++;
      if (shard.used * 4 > shard.slots.length * 3) {
        shard.slots = resized(shard.slots, shard.slots.length * 2);
      }
      insert(shard.slots, sequence);
    },
    remove(sequence) {
      const shard = shards[word(sequence, 1) % SHARDS];
      if (shard === undefined) {
        return;
      }
      const { slots } = shard;
      const mask = slots.length - 1;
      let hole = word(sequence, 0) & mask;
      while (slots[hole] !== sequence) {
        hole = (hole + 1) & mask;
      }
      // Whoever was pushed past the hole moves up into it, so that searches still find them.
      for (let at = (hole + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
        const home = word(slots[at] as number, 0) & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
          slots[hole] = slots[at] as number;
          hole = at;
        }
      }
      slots[hole] = 0;
      shard.used--;
      if (slots.length > MIN_SLOTS && shard.used * 8 < slots.length) {
        shard.slots = resized(slots, slots.length / 2);
      }
    },
  };
}

/** Whether a place belongs to this buyer. */
export function isOf(entries: PlaceEntries, sequence: number, key: BuyerKey): boolean {
  const { buyer } = entries.at(sequence);
  const first = slotOf(sequence) * KEY_WORDS;
  for (let word = 0; word < KEY_WORDS; word++) {
    if (buyer[first + word] !== key[word]) {
      return false;
    }
  }
  return true;
}
