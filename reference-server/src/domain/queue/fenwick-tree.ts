/** Counts in slots 0, 1, 2, …, with sums over any number of first slots in O(log n). */
export interface FenwickTree {
  /** Slots so far. */
  length(): number;
  /** Adds an empty slot at the end. */
  push(): void;
  /** Changes the count of a slot. */
  add(slot: number, by: number): void;
  /** Sum of the slots before this one. */
  sumBefore(slot: number): number;
  /** The slot that holds the `rank`-th item, from 1; `length` when there are fewer. */
  slotOf(rank: number): number;
}

/** A tree without slots. */
export function fenwickTree(): FenwickTree {
  // tree[i] is the sum of the last (i & -i) of the first i slots; tree[0] is not used.
  let tree = new Uint32Array(16);
  let length = 0;

  return {
    length() {
      return length;
    },
    push() {
      length++;
      if (length === tree.length) {
        const larger = new Uint32Array(tree.length * 2);
        larger.set(tree);
        tree = larger;
      }
      let sum = 0;
      const end = length - (length & -length);
      for (let at = length - 1; at > end; at -= at & -at) {
        sum += tree[at] as number;
      }
      tree[length] = sum;
    },
    add(slot, by) {
      for (let at = slot + 1; at <= length; at += at & -at) {
        tree[at] = (tree[at] as number) + by;
      }
    },
    sumBefore(slot) {
      let sum = 0;
      for (let at = slot; at > 0; at -= at & -at) {
        sum += tree[at] as number;
      }
      return sum;
    },
    slotOf(rank) {
      let slot = 0;
      let left = rank;
      for (let step = 1 << (31 - Math.clz32(length)); step > 0; step >>= 1) {
        const next = slot + step;
        if (next <= length && (tree[next] as number) < left) {
          left -= tree[next] as number;
          slot = next;
        }
      }
      return slot;
    },
  };
}
