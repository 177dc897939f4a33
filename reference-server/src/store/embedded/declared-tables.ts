import { createHash } from 'node:crypto';
import { indexEntry } from '../index-entry.ts';
import type { IndexOf, Table } from '../table.ts';
import type { TableShape } from './messages.ts';
import type { Place } from './place.ts';

/** A table that the store was opened with. */
export interface DeclaredTable {
  /** Position in the list of tables, which both threads share. */
  readonly position: number;
  readonly shape: TableShape;
  /** As the table says. */
  readonly seldomRead: boolean;
  /** Where an item appears in the table's indexes. */
  placeOf(value: unknown, key: string): Place;
}

/** The tables that a store was opened with. */
export interface DeclaredTables {
  readonly all: readonly DeclaredTable[];
  /** @throws Error when the store was not opened with this very table. */
  of<T>(table: Table<T>): DeclaredTable;
}

/** Prepares the tables that a store is opened with. */
export function declareTables(tables: readonly Table<never>[]): DeclaredTables {
  const declared = new Map<unknown, DeclaredTable>();
  const names = new Set<string>();
  for (const table of tables) {
    if (names.has(table.name)) {
      throw new Error(`two tables are named "${table.name}": give each a name of its own`);
    }
    names.add(table.name);
    declared.set(table, declare(table as Table<unknown>, declared.size));
  }
  return {
    all: [...declared.values()],
    of(table) {
      const found = declared.get(table);
      if (found === undefined) {
        throw new Error(
          `the store was not opened with this table "${table.name}": add it to the list of tables`,
        );
      }
      return found;
    },
  };
}

function declare(table: Table<unknown>, position: number): DeclaredTable {
  const indexes = Object.entries(table.indexes).map(
    ([name, indexOf]) => [`${table.name}.${name}`, indexOf] as const,
  );
  return {
    position,
    seldomRead: table.seldomRead,
    shape: {
      name: table.name,
      shortLived: table.shortLived,
      unsortedKeys: table.unsortedKeys,
      indexes: Object.entries(table.indexes).map(([name, indexOf]) => ({
        name,
        definition: definitionOf(indexOf),
      })),
    },
    placeOf(value, key) {
      const place: (number | string | null)[] = [];
      for (const [where, indexOf] of indexes) {
        const entry = indexEntry(indexOf, value, key, where);
        place.push(entry?.partition ?? null, entry?.sort ?? null);
      }
      return place;
    },
  };
}

/** Changes when the function's text does: then items may have another place than the one that was kept. */
function definitionOf(indexOf: IndexOf<unknown>): string {
  return createHash('sha256').update(String(indexOf)).digest('hex');
}
