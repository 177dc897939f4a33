import type { StoredItem } from './messages.ts';
import { kinds, type PackedWrite } from './packed.ts';

/** What the main thread knows of items, so that the worker need not be asked: those that were used last. */
export interface KnownItems {
  /** The item; `null` where there is none; `undefined` where that is not known. */
  find(table: number, key: string): StoredItem | null | undefined;
  /** Takes over what the worker has answered to a look-up. Answers have to be taken over in their order. */
  found(table: number, item: StoredItem): void;
  /** A transaction is on its way: until it has ended, nothing is known of what it writes. */
  begin(writes: readonly PackedWrite[]): void;
  /** It has ended. @param version - of what it wrote; `undefined` where it wrote nothing, or nobody knows */
  end(writes: readonly PackedWrite[], version: number | undefined): void;
}

/** The items of one table. */
interface TableItems {
  young: Map<string, StoredItem | null>;
  old: Map<string, StoredItem | null>;
  /** How many transactions that write an item are on their way. */
  readonly inFlux: Map<string, number>;
}

/** What an entry takes besides its text, in characters. */
const OVERHEAD = 128;

/**
 * Creates {@link KnownItems}. They are kept as text: whoever reads an item has an object of its own. Each table has two
 * generations, as the caches of rows have: when the young ones are full, the old ones are forgotten as a whole.
 *
 * @param tables - how many there are.
 * @param capacity - characters of all tables, in both generations.
 * @param clock - the time in epoch milliseconds, by which items end.
 */
export function createKnownItems(tables: number, capacity: number, clock: () => number): KnownItems {
  const all = Array.from(
    { length: tables },
    (): TableItems => ({ young: new Map(), old: new Map(), inFlux: new Map() }),
  );
  let characters = 0;

  function of(table: number): TableItems {
    const items = all[table];
    if (items === undefined) {
      throw new Error(`there is no table ${table}`);
    }
    return items;
  }

  function add(items: TableItems, key: string, item: StoredItem | null): void {
    items.young.set(key, item);
    characters += OVERHEAD + key.length + (item === null ? 0 : item[1].length);
    if (characters > capacity / 2) {
      characters = 0;
      for (const one of all) {
        one.old = one.young;
        one.young = new Map();
      }
    }
  }

  return {
    find(table, key) {
      const items = of(table);
      let item = items.young.get(key);
      if (item === undefined) {
        item = items.old.get(key);
        if (item !== undefined) {
          add(items, key, item);
        }
      }
      const end = item?.[3] ?? Number.POSITIVE_INFINITY;
      return item !== undefined && end <= clock() ? null : item;
    },
    found(table, item) {
      const items = of(table);
      const [key] = item;
      // What was written since is answered after what was looked up before it.
      if (!items.inFlux.has(key) && !items.young.has(key)) {
        add(items, key, item);
      }
    },
    begin(writes) {
      for (const { kind, table, key } of writes) {
        if (kind !== kinds.check) {
          const { young, old, inFlux } = of(table);
          young.delete(key);
          old.delete(key);
          inFlux.set(key, (inFlux.get(key) ?? 0) + 1);
        }
      }
    },
    end(writes, version) {
      for (const { kind, table, key, json, expiresAt } of writes) {
        if (kind === kinds.check) {
          continue;
        }
        const items = of(table);
        const left = (items.inFlux.get(key) ?? 1) - 1;
        if (left > 0) {
          items.inFlux.set(key, left);
          continue;
        }
        items.inFlux.delete(key);
        // Transactions end in the order in which they were committed: of several that wrote the item this was the last.
        if (version !== undefined) {
          const end = expiresAt === Number.POSITIVE_INFINITY ? null : expiresAt;
          add(items, key, kind === kinds.put ? [key, json, version, end] : null);
        }
      }
    },
  };
}
