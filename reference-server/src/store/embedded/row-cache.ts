import { createForgottenKeys, type ForgottenKeys } from './forgotten-keys.ts';
import { createForgottenShortLived } from './forgotten-short-lived.ts';
import { createForgottenUnsorted } from './forgotten-unsorted.ts';
import type { Extent, TableShape } from './messages.ts';
import type { Row } from './row.ts';

/** The rows of a table that were used last. */
export interface RowCache {
  get(key: string): Row | undefined;
  add(row: Row): void;
  remove(key: string): void;
  /** Whether there may be a row of this key that {@link get} does not give. */
  mayMiss(key: string): boolean;
  /** All rows that were in the file, and whose end had come by then, have been deleted, in epoch milliseconds. */
  deleted(until: number): void;
}

/** The caches of all tables, which share one capacity. */
export interface RowCaches {
  /** Adds the cache of a table. @param stored - what is in the file when nothing is remembered */
  create(shape: Pick<TableShape, 'shortLived' | 'unsortedKeys'>, stored: Extent): RowCache;
  /** Forgets rows beyond the capacity. Only between commits: a dirty row must stay. */
  trim(): void;
}

/** The rows of one table. */
interface Generations {
  young: Map<string, Row>;
  old: Map<string, Row>;
  readonly forgotten: ForgottenKeys;
}

/**
 * Creates {@link RowCaches}. Each keeps two generations: what is used moves to the young one, and when the young
 * ones are full the old ones are forgotten as a whole. Lookups stay plain map lookups.
 *
 * @param capacity - rows of all tables, in both generations.
 */
export function createRowCaches(capacity: number): RowCaches {
  const generations: Generations[] = [];
  return {
    create(shape, stored) {
      const forgotten = forgottenOf(shape, stored);
      const rows: Generations = { young: new Map(), old: new Map(), forgotten };
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
        mayMiss: forgotten.mayHave,
        deleted: (until) => forgotten.deleted?.(until),
      };
    },
    trim() {
      const young = generations.reduce((sum, rows) => sum + rows.young.size, 0);
      if (young > capacity / 2) {
        for (const rows of generations) {
          forget(rows);
          rows.old = rows.young;
          rows.young = new Map();
        }
      }
    },
  };
}

/** Takes note of the old rows, which are about to be forgotten. Those that are young as well are so too early. */
function forget({ old, forgotten }: Generations): void {
  for (const row of old.values()) {
    if (row.id !== 0) {
      forgotten.add(row.key, row.expiresAt);
    }
  }
}

function forgottenOf(
  { shortLived, unsortedKeys }: Pick<TableShape, 'shortLived' | 'unsortedKeys'>,
  { lastKey, lastEnd }: Extent,
): ForgottenKeys {
  if (shortLived) {
    return createForgottenShortLived(lastEnd);
  }
  return unsortedKeys ? createForgottenUnsorted(lastKey) : createForgottenKeys(lastKey);
}
