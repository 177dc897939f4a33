import { bitTree } from './bit-tree.ts';

/** Finds rows by what fits into them. */
export interface RowSearch {
  /** What fits into the row may be something else by now. */
  changed(row: number): void;
  /** First row from `from`, inclusive, to `to`, exclusive, that has one of the bits; -1 for none. */
  next(bits: number, from: number, to: number): number;
}

/**
 * A search over rows. Those that have changed are looked at when somebody searches, each once.
 *
 * @param bitsOf What fits into a row now.
 */
export function rowSearch(rows: number, bitsOf: (row: number) => number): RowSearch {
  const tree = bitTree(rows);
  const stale = new Set<number>(Array.from({ length: rows }, (_, row) => row));
  return {
    changed: (row) => void stale.add(row),
    next(bits, from, to) {
      for (const row of stale) {
        tree.set(row, bitsOf(row));
      }
      stale.clear();
      return tree.next(bits, from, to);
    },
  };
}
