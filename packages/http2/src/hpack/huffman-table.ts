import { CODE_BITS, CODES, EOS } from './huffman-code.ts';

/** A node of the tree that the codes form: what follows each bit. */
type Node = [zero: Node | number | undefined, one: Node | number | undefined];

/** Ends of a string are allowed in the states below this one: what is left are at most seven bits, all of them ones. */
export const END_STATES = 8;

/** A transition that meets {@link EOS}. */
export const MET_EOS = -1;

/**
 * The transitions of a machine that reads Huffman-coded strings octet by octet: `state << 8 | octet` is the index. The
 * states are the inner nodes of the code's tree, 256 of them. No code is shorter than five bits, so that an octet ends
 * two codes at most. A transition has the state that follows in bits 0-7, the octets to write in bits 8-15 and 16-23, and
 * how many they are in bits 24-25; or is {@link MET_EOS}.
 */
export const TRANSITIONS: Int32Array = transitions();

function transitions(): Int32Array {
  const root = tree();
  const states = numbered(root);
  const table = new Int32Array(states.size << 8);

  /** Follows all octets that begin with `bits`, of which there are `depth`. */
  const follow = (row: number, node: Node, bits: number, depth: number, written: number): void => {
    if (depth === 8) {
      table[row | bits] = written | (states.get(node) as number);
      return;
    }
    for (const bit of [0, 1] as const) {
      const next = node[bit];
      const longer = (bits << 1) | bit;
      if (next === EOS) {
        const free = 7 - depth;
        table.fill(MET_EOS, row + (longer << free), row + ((longer + 1) << free));
      } else if (typeof next === 'number') {
        const count = written >>> 24;
        follow(row, root, longer, depth + 1, (written + (1 << 24)) | (next << (8 + 8 * count)));
      } else if (next !== undefined) {
        follow(row, next, longer, depth + 1, written);
      }
    }
  };

  for (const [node, state] of states) {
    follow(state << 8, node, 0, 0, 0);
  }
  return table;
}

function tree(): Node {
  const root: Node = [undefined, undefined];
  for (const [symbol, code] of CODES.entries()) {
    let node = root;
    for (let left = (CODE_BITS[symbol] as number) - 1; left > 0; left--) {
      const bit = ((code >>> left) & 1) as 0 | 1;
      let next = node[bit] as Node | undefined;
      if (next === undefined) {
        next = [undefined, undefined];
        node[bit] = next;
      }
      node = next;
    }
    node[(code & 1) as 0 | 1] = symbol;
  }
  return root;
}

/** Numbers the inner nodes, first those that consist of ones alone, so that {@link END_STATES} come first. */
function numbered(root: Node): Map<Node, number> {
  const states = new Map<Node, number>();
  const add = (node: Node | number | undefined): void => {
    if (typeof node !== 'object') {
      return;
    }
    if (!states.has(node)) {
      states.set(node, states.size);
    }
    add(node[1]);
    add(node[0]);
  };
  add(root);
  return states;
}
