/** Positions with a few bits each, of which the first one with a bit is found without looking at all. */
export interface BitTree {
  set(at: number, bits: number): void;
  /** First position from `from`, inclusive, to `to`, exclusive, that has one of the bits; -1 where none has. */
  next(bits: number, from: number, to: number): number;
}

/** A tree whose positions have no bits. Setting and finding cost the logarithm of its size. */
export function bitTree(size: number): BitTree {
  let leaves = 1;
  while (leaves < size) {
    leaves *= 2;
  }
  // A node has the bits of everything below it; the children of node n are 2n and 2n + 1.
  const nodes = new Int32Array(2 * leaves);
  const has = (node: number, bits: number): boolean => ((nodes[node] as number) & bits) !== 0;

  return {
    set(at, bits) {
      let node = at + leaves;
      nodes[node] = bits;
      for (node >>= 1; node > 0; node >>= 1) {
        const both = (nodes[2 * node] as number) | (nodes[2 * node + 1] as number);
        if (nodes[node] === both) {
          return;
        }
        nodes[node] = both;
      }
    },
    next(bits, from, to) {
      if (from >= Math.min(to, leaves)) {
        return -1;
      }
      let node = from + leaves;
      while (true) {
        if (has(node, bits)) {
          while (node < leaves) {
            node = has(2 * node, bits) ? 2 * node : 2 * node + 1;
          }
          return node - leaves < to ? node - leaves : -1;
        }
        // Up, while everything to the right belongs to somebody further up.
        while (node % 2 === 1) {
          node >>= 1;
        }
        if (node === 0) {
          return -1;
        }
        node++;
      }
    },
  };
}
