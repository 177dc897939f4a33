import type { DatabaseSync } from 'node:sqlite';
import type {
  PageAnswer,
  PageRequest,
  QueryAnswer,
  QueryRequest,
  ScanAnswer,
  ScanRequest,
  StoredItem,
  TableShape,
} from './messages.ts';
import { partitionColumn, sortColumn, sqlTable } from './names.ts';
import { answerGets, type FoundItem, type PackedGets, type PackedItems } from './packed-gets.ts';
import { createStatements } from './statements.ts';

/** A page ends early when its values reach this many characters, so that large items do not pile up in memory. */
const PAGE_CHARACTERS = 4 * 1024 * 1024;

/** Columns of a {@link StoredItem}. */
const ITEM = 'key, value, version, expires_at';
const LIVE = '(expires_at IS NULL OR expires_at > ?)';

/** Keys from which on a transaction around them costs less than locking the file for each. */
const TOGETHER = 4;

/** Reads what is committed. */
export interface Reads {
  get(gets: PackedGets, now: number): PackedItems;
  page(request: PageRequest, now: number): PageAnswer<PageRequest>;
}

/** Creates {@link Reads}. */
export function createReads(db: DatabaseSync, tables: readonly TableShape[]): Reads {
  const byKey = tables.map(({ name }) => {
    const statement = db.prepare(`SELECT value, version, expires_at FROM ${sqlTable(name)} WHERE key = ?`);
    statement.setReturnArrays(true);
    return statement;
  });
  const prepared = createStatements(db);
  const begin = db.prepare('BEGIN');
  const end = db.prepare('COMMIT');

  function nameOf(table: number): string {
    return sqlTable(tables[table]?.name ?? '');
  }

  function scan({ table, after, limit }: ScanRequest, now: number): ScanAnswer {
    const from = after === undefined ? '' : 'AND key > ?';
    const statement = prepared(
      `SELECT ${ITEM} FROM ${nameOf(table)} WHERE ${LIVE} ${from} ORDER BY key LIMIT ${rows(limit)}`,
    );
    const found = statement.iterate(now, ...(after === undefined ? [] : [after]));
    const { page, more } = takePage(found as Iterable<unknown> as Iterable<StoredItem>, limit);
    return { items: page, more };
  }

  function query(request: QueryRequest, now: number): QueryAnswer {
    const { table, index, partition, from, to, after, descending, limit } = request;
    const name = tables[table]?.indexes[index]?.name ?? '';
    const sort = sortColumn(name);
    const terms = [`${partitionColumn(name)} = ?`, LIVE];
    const values: (number | string)[] = [partition, now];
    if (from !== undefined) {
      terms.push(`${sort} >= ?`);
      values.push(from);
    }
    if (to !== undefined) {
      terms.push(`${sort} <= ?`);
      values.push(to);
    }
    if (after !== undefined) {
      terms.push(`(${sort}, key) ${descending ? '<' : '>'} (?, ?)`);
      values.push(...after);
    }
    const order = descending ? 'DESC' : 'ASC';
    const found = prepared(
      `SELECT ${ITEM}, ${sort} FROM ${nameOf(table)} WHERE ${terms.join(' AND ')}
         ORDER BY ${sort} ${order}, key ${order} LIMIT ${rows(limit)}`,
    ).iterate(...values);
    const { page, more } = takePage(found as Iterable<unknown> as Iterable<PlacedItem>, limit);
    const last = page.at(-1);
    return {
      items: page.map(([key, json, version, expiresAt]) => [key, json, version, expiresAt]),
      end: more && last !== undefined ? [last[4], last[0]] : undefined,
    };
  }

  const get: Reads['get'] = (gets, now) =>
    answerGets(gets, (table, key) => {
      const item = byKey[table]?.get(key) as unknown as FoundItem | undefined;
      return item === undefined || (item[2] ?? Number.POSITIVE_INFINITY) <= now ? undefined : item;
    });

  return {
    get(gets, now) {
      if (gets.keys.length < TOGETHER || db.isTransaction) {
        return get(gets, now);
      }
      begin.run();
      const found = get(gets, now);
      end.run();
      return found;
    },
    page: (request, now) => (request.kind === 'query' ? query(request, now) : scan(request, now)),
  };
}

/**
 * Rows to ask for when a page has up to `limit` and one more tells of a next one: a few numbers, so that there are few
 * statements. As a parameter it would have SQLite prepare the statement anew at every use.
 */
function rows(limit: number): number {
  return 2 ** Math.ceil(Math.log2(limit + 1));
}

type PlacedItem = readonly [...StoredItem, sort: number | string];

/** Reads up to `limit` rows of a statement that goes further. */
function takePage<R extends readonly [string, string, ...unknown[]]>(
  rows: Iterable<R>,
  limit: number,
): { readonly page: readonly R[]; readonly more: boolean } {
  const page: R[] = [];
  let characters = 0;
  for (const row of rows) {
    if (page.length === limit || characters >= PAGE_CHARACTERS) {
      return { page, more: true };
    }
    page.push(row);
    characters += row[1].length;
  }
  return { page, more: false };
}
