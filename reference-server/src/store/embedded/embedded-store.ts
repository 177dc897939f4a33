import { checkQuery } from '../check-query.ts';
import { checkWrites } from '../check-writes.ts';
import { ConditionFailed } from '../condition-failed.ts';
import type { Item, Page, Query, Store } from '../store.ts';
import type { Table } from '../table.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { DeclaredTables } from './declared-tables.ts';
import { decodeValue } from './decode-value.ts';
import { encodeWrites } from './encode.ts';
import type { KnownItems } from './known-items.ts';
import type { StoredItem } from './messages.ts';
import type { WorkerLink } from './worker-link.ts';

/** Items that a scan asks for at once. */
const SCAN_PAGE = 500;

/**
 * Creates the {@link Store} over a worker that has opened its database.
 *
 * @param known - what need not be asked for. Only where nobody else writes to the database.
 */
export function createEmbeddedStore(link: WorkerLink, tables: DeclaredTables, known?: KnownItems): Store {
  /** The item, or `null`, where this thread knows of it. */
  function recallOne(table: number, key: string): StoredItem | null | undefined {
    if (known === undefined) {
      return undefined;
    }
    link.refuseEnded();
    return known.find(table, key);
  }

  /** The items where this thread knows of all of them. */
  function recall(table: number, keys: readonly string[]): (StoredItem | undefined)[] | undefined {
    const items: (StoredItem | undefined)[] = [];
    for (const key of keys) {
      const item = recallOne(table, key);
      if (item === undefined) {
        return undefined;
      }
      items.push(item ?? undefined);
    }
    return items;
  }

  async function ask(table: number, keys: readonly string[]): Promise<readonly (StoredItem | undefined)[]> {
    const found = await link.get({ table, keys });
    return found.map((item, at) => {
      // Half a surrogate pair changes on its way into SQL, and would find the item of another key.
      if (item === undefined || !keys[at]?.isWellFormed()) {
        return undefined;
      }
      known?.found(table, item);
      return item;
    });
  }

  async function getMany<T>(
    table: Table<T>,
    keys: readonly string[],
  ): Promise<readonly (Item<T> | undefined)[]> {
    const { position } = tables.of(table);
    const items = recall(position, keys) ?? (await ask(position, keys));
    return items.map((item) => item && decodeItem<T>(table, item));
  }

  return {
    getMany,
    async get<T>(table: Table<T>, key: string) {
      const { position } = tables.of(table);
      let item = recallOne(position, key);
      if (item === undefined) {
        [item] = await ask(position, [key]);
      }
      return item ? decodeItem<T>(table, item) : undefined;
    },
    async query<T, I extends string>(table: Table<T, I>, index: I, query: Query): Promise<Page<T>> {
      const { position, shape } = tables.of(table);
      const at = shape.indexes.findIndex(({ name }) => name === index);
      if (at < 0) {
        throw new Error(`table "${table.name}" has no index "${index}"`);
      }
      checkQuery(query, `${table.name}.${index}`);
      const { items, end } = await link.page({
        kind: 'query',
        table: position,
        index: at,
        partition: query.partition,
        from: query.from,
        to: query.to,
        descending: query.descending ?? false,
        limit: query.limit,
        after: query.cursor === undefined ? undefined : decodeCursor(query.cursor),
      });
      const page = { items: items.map((item) => decodeItem<T>(table, item)) };
      return end === undefined ? page : { ...page, cursor: encodeCursor(end) };
    },
    async *scan<T>(table: Table<T>) {
      const { position } = tables.of(table);
      let after: string | undefined;
      for (let more = true; more; ) {
        const page = await link.page({ kind: 'scan', table: position, limit: SCAN_PAGE, after });
        for (const item of page.items) {
          yield decodeItem<T>(table, item);
        }
        after = page.items.at(-1)?.[0];
        more = page.more;
      }
    },
    async transact(writes) {
      checkWrites(writes);
      const encoded = encodeWrites(writes, tables);
      const flux = known?.begin(encoded) ?? [];
      let version: number | undefined;
      let outcome: number;
      try {
        outcome = await link.transact(encoded);
        version = outcome < 0 ? undefined : outcome;
      } finally {
        known?.end(encoded, flux, version);
      }
      if (outcome < 0) {
        const index = -1 - outcome;
        const { table, key } = writes[index] as (typeof writes)[number];
        throw new ConditionFailed([{ index, table: table.name, key }]);
      }
      return { version: outcome };
    },
    close: () => link.close(),
  };
}

function decodeItem<T>(
  table: { readonly name: string },
  [key, json, version, expiresAt]: StoredItem,
): Item<T> {
  const value = decodeValue(json, `${table.name}/${key}`) as T;
  return expiresAt === null ? { key, value, version } : { key, value, version, expiresAt };
}
