import { CODE_BITS, CODES, EOS } from './huffman-code.ts';

/** A node of the tree that the codes form: what follows each bit. */
type Node = [zero: Node | number | undefined, one: Node | number | undefined];

/** Where a transition has the state that follows: where an index of the table has it. */
export const STATE_MASK = 0x1ff0;

/** The state after {@link EOS}, which nothing leaves. */
export const MET_EOS = 256 << 4;

/** Strings may end in the states below this one: what is left over are at most seven bits, all of them ones. */
export const END_STATES = 8 << 4;

/**
 * The transitions of a machine that reads Huffman-coded strings by half octets: `state | half` is the index. The states
 * are the inner nodes of the code's tree, 256 of them, and {@link MET_EOS}. No code is shorter than five bits, so that a
 * half octet ends one code at most. A transition has the next state in bits 4-12, the octet to write in bits 16-23, and
 * in bit 24 whether there is one. A table by whole octets would be sixteen times as large, and is no faster when other
 * work shares the caches.
 */
export const TRANSITIONS: Int32Array = transitions();

function transitions(): Int32Array {
  const root = tree();
  const states = numbered(root);
  const table = new Int32Array(MET_EOS + 16).fill(MET_EOS);
  for (const [node, state] of states) {
    for (let half = 0; half < 16; half++) {
      table[state | half] = transition(root, node, half, states);
    }
  }
  return table;
}

function transition(root: Node, from: Node, half: number, states: ReadonlyMap<Node, number>): number {
  let node = from;
  let written = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = node[((half >>> bit) & 1) as 0 | 1];
    if (next === EOS) {
      return MET_EOS;
    }
    if (typeof next === 'number') {
      written = (1 << 24) | (next << 16);
      node = root;
    } else {
      // The code is complete: every inner node has two branches.
      node = next as Node;
    }
  }
  return (states.get(node) as number) | written;
}

function tree(): Node {
  const root: Node = [undefined, undefined];
  for (const [symbol, code] of CODES.entries()) {
    let node = root;
    for (let left = (CODE_BITS[symbol] as number) - 1; left > 0; left--) {
      const bit = ((code >>> left) & 1) as 0 | 1;
      const next = (node[bit] as Node | undefined) ?? [undefined, undefined];
      node[bit] = next;
      node = next;
    }
    node[(code & 1) as 0 | 1] = symbol;
  }
  return root;
}

/** Numbers the inner nodes, first those that consist of ones alone, so that {@link END_STATES} come first. */
function numbered(root: Node): ReadonlyMap<Node, number> {
  const states = new Map<Node, number>();
  const add = (node: Node | number | undefined): void => {
    if (typeof node === 'object') {
      states.set(node, states.size << 4);
      add(node[1]);
      add(node[0]);
    }
  };
  add(root);
  return states;
}
