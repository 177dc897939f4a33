import type { ForgottenKeys } from './forgotten-keys.ts';
import type { KeyFilter } from './key-filter.ts';
import type { StoredItem } from './messages.ts';
import { kinds, type PackedWrite } from './packed.ts';

/** What the main thread knows of items, so that the worker need not be asked: those that were used last. */
export interface KnownItems {
  /** The item; `null` where there is none; `undefined` where that is not known. */
  find(table: number, key: string): StoredItem | null | undefined;
  /** Takes over what the worker has answered to a look-up. Answers have to be taken over in their order. */
  found(table: number, item: StoredItem): void;
  /** A transaction is on its way: until it has ended, nothing is known of what it writes. */
  begin(writes: readonly PackedWrite[]): Flux;
  /** It has ended. @param version - of what it wrote; `undefined` where it wrote nothing, or nobody knows */
  end(writes: readonly PackedWrite[], flux: Flux, version: number | undefined): void;
}

/** What is known of the item of each write of a transaction that is on its way. */
export type Flux = readonly (Known | undefined)[];

/** What is known of one item. */
interface Known {
  /** `undefined` where that is nothing. */
  item: StoredItem | null | undefined;
  /** How many transactions that write it are on their way. */
  inFlux: number;
}

/**
 * What is remembered of a table: the items that were used last, with the keys of those that are not; or, where items are
 * seldom asked for, only the keys that may exist.
 */
export type Remembered =
  | {
      readonly kind: 'items';
      readonly forgotten: ForgottenKeys;
      /** Items that are new are forgotten at once: most of them nobody asks for. */
      readonly seldomRead: boolean;
    }
  | { readonly kind: 'keys'; readonly keys: KeyFilter };

/** The items of one table. */
interface TableItems {
  young: Map<string, Known>;
  old: Map<string, Known>;
  readonly keys: KeyFilter | undefined;
  readonly forgotten: ForgottenKeys | undefined;
  readonly seldomRead: boolean;
}

/** What an entry takes besides its text, in characters. */
const OVERHEAD = 128;

/**
 * Creates {@link KnownItems}. They are kept as text: whoever reads an item has an object of its own. Each table has two
 * generations, as the caches of rows have: when the young ones are full, the old ones are forgotten as a whole.
 *
 * @param tables - for each table what is to be remembered of it.
 * @param capacity - characters of all tables, in both generations.
 * @param clock - the time in epoch milliseconds, by which items end.
 */
export function createKnownItems(
  tables: readonly Remembered[],
  capacity: number,
  clock: () => number,
): KnownItems {
  const all = tables.map(
    (table): TableItems => ({
      young: new Map(),
      old: new Map(),
      keys: table.kind === 'keys' ? table.keys : undefined,
      forgotten: table.kind === 'items' ? table.forgotten : undefined,
      seldomRead: table.kind === 'items' && table.seldomRead,
    }),
  );
  let characters = 0;

  function of(table: number): TableItems {
    const items = all[table];
    if (items === undefined) {
      throw new Error(`there is no table ${table}`);
    }
    return items;
  }

  /** Makes room for what an item takes. What is in flux has to stay. */
  function count(key: string, item: StoredItem | null | undefined): void {
    characters += OVERHEAD + key.length + (item?.[1].length ?? 0);
    if (characters <= capacity / 2) {
      return;
    }
    characters = 0;
    for (const one of all) {
      const { old } = one;
      one.old = one.young;
      one.young = new Map();
      for (const [other, known] of old) {
        if (known.inFlux > 0) {
          one.young.set(other, known);
        } else if (known.item !== null) {
          // Too early where it is young as well: then it is asked for once it is forgotten there.
          one.forgotten?.add(other);
        }
      }
    }
  }

  function look(items: TableItems, key: string): Known | undefined {
    const known = items.young.get(key);
    if (known !== undefined) {
      return known;
    }
    const older = items.old.get(key);
    if (older !== undefined) {
      items.young.set(key, older);
      count(key, older.item);
    }
    return older;
  }

  function beginOne({ kind, table, key, expiresAt }: PackedWrite): Known | undefined {
    if (kind === kinds.check) {
      return undefined;
    }
    const items = of(table);
    if (items.keys !== undefined) {
      if (kind === kinds.put) {
        items.keys.add(key, expiresAt);
      }
      return undefined;
    }
    if (items.seldomRead && items.forgotten?.mayHave(key) === false) {
      // Nothing of this key was ever asked for, or is on its way: no answer about it can be out of date.
      items.forgotten.add(key);
      return undefined;
    }
    let known = look(items, key);
    if (known === undefined) {
      known = { item: undefined, inFlux: 0 };
      items.young.set(key, known);
    }
    known.inFlux++;
    known.item = undefined;
    return known;
  }

  return {
    find(table, key) {
      const items = of(table);
      if (items.keys !== undefined) {
        return items.keys.mayHave(key) ? undefined : null;
      }
      const known = look(items, key);
      if (known === undefined && items.forgotten?.mayHave(key) === false) {
        return null;
      }
      const item = known?.item;
      const end = item?.[3] ?? Number.POSITIVE_INFINITY;
      return item !== undefined && end !== Number.POSITIVE_INFINITY && end <= clock() ? null : item;
    },
    found(table, item) {
      const items = of(table);
      const [key] = item;
      // What was written since is answered after what was looked up before it.
      if (items.keys !== undefined) {
        return;
      }
      const known = look(items, key);
      if (known === undefined) {
        items.young.set(key, { item, inFlux: 0 });
        count(key, item);
      } else if (known.inFlux === 0 && known.item === undefined) {
        known.item = item;
        count(key, item);
      }
    },
    begin: (writes) => writes.map(beginOne),
    end(writes, flux, version) {
      for (const [at, known] of flux.entries()) {
        if (known === undefined) {
          continue;
        }
        known.inFlux--;
        if (known.inFlux > 0) {
          continue;
        }
        const { kind, table, key, json, expiresAt } = writes[at] as PackedWrite;
        if (version === undefined) {
          // Nothing is known of it: kept, it would take room that nobody counts.
          const items = of(table);
          items.young.delete(key);
          items.old.delete(key);
          items.forgotten?.add(key);
          continue;
        }
        // Transactions end in the order in which they were committed: of several that wrote the item this was the last.
        const end = expiresAt === Number.POSITIVE_INFINITY ? null : expiresAt;
        known.item = kind === kinds.put ? [key, json, version, end] : null;
        count(key, known.item);
      }
    },
  };
}
