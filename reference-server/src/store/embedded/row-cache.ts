import type { Row } from './row.ts';

/** The rows of a table that were used last. */
export interface RowCache {
  get(key: string): Row | undefined;
  add(row: Row): void;
  remove(key: string): void;
}

/** The caches of all tables, which share one capacity. */
export interface RowCaches {
  /** Adds the cache of a table. */
  create(): RowCache;
  /** Forgets rows beyond the capacity. Only between commits: a dirty row must stay. */
  trim(): void;
}

/**
 * Creates {@link RowCaches}. Each keeps two generations: what is used moves to the young one, and when the young
 * ones are full the old ones are forgotten as a whole. Lookups stay plain map lookups.
 *
 * @param capacity - rows of all tables, in both generations.
 */
export function createRowCaches(capacity: number): RowCaches {
  const generations: { young: Map<string, Row>; old: Map<string, Row> }[] = [];
  return {
    create() {
      const rows = { young: new Map<string, Row>(), old: new Map<string, Row>() };
      generations.push(rows);
      return {
        get(key) {
          const row = rows.young.get(key);
          if (row !== undefined) {
            return row;
          }
          const older = rows.old.get(key);
          if (older !== undefined) {
            rows.young.set(key, older);
          }
          return older;
        },
        add(row) {
          rows.young.set(row.key, row);
        },
        remove(key) {
          rows.young.delete(key);
          rows.old.delete(key);
        },
      };
    },
    trim() {
      const young = generations.reduce((sum, rows) => sum + rows.young.size, 0);
      if (young > capacity / 2) {
        for (const rows of generations) {
          rows.old = rows.young;
          rows.young = new Map();
        }
      }
    },
  };
}
