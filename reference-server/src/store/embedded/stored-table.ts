import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TableShape } from './messages.ts';
import { partitionColumn, placeColumns, sortColumn, sqlTable } from './names.ts';
import { nowhere } from './place.ts';
import { absentRow, EXPIRY, placeBit, type Row } from './row.ts';
import type { RowCache } from './row-cache.ts';

/** The rows of one table, for writing. Statements are prepared once, on first use. */
export interface StoredTable {
  readonly shape: TableShape;
  readonly cache: RowCache;
  /** The item's row, as the commit that is being formed will leave it. */
  row(key: string): Row;
  /** Writes what has changed in a dirty row. */
  save(row: Row): void;
}

type SqlValue = number | string | null;

const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** Creates the {@link StoredTable} over a table of the schema. */
export function createStoredTable(db: DatabaseSync, shape: TableShape, cache: RowCache): StoredTable {
  const table = sqlTable(shape.name);
  const columns = placeColumns(shape.indexes);
  const none = nowhere(shape.indexes.length);

  const select = db.prepare(
    `SELECT ${['id', 'version', 'expires_at', ...columns].join(', ')} FROM ${table} WHERE key = ?`,
  );
  select.setReturnArrays(true);
  const insert = db.prepare(
    `INSERT INTO ${table} (${['key', 'version', 'expires_at', 'value', ...columns].join(', ')})
       VALUES (?, ?, ?, ?${', ?'.repeat(columns.length)})`,
  );
  const remove = db.prepare(`DELETE FROM ${table} WHERE id = ?`);
  const updates = new Map<number, StatementSync>();

  /** Touches only the columns that have changed: writing an indexed column rewrites its index, equal or not. */
  function update(changed: number): StatementSync {
    let statement = updates.get(changed);
    if (statement === undefined) {
      const sets = ['value = ?', 'version = ?'];
      if (changed & EXPIRY) {
        sets.push('expires_at = ?');
      }
      for (const [index, { name }] of shape.indexes.entries()) {
        if (changed & placeBit(index)) {
          sets.push(`${partitionColumn(name)} = ?`, `${sortColumn(name)} = ?`);
        }
      }
      statement = db.prepare(`UPDATE ${table} SET ${sets.join(', ')} WHERE id = ?`);
      updates.set(changed, statement);
    }
    return statement;
  }

  function updateValues(row: Row, json: string): SqlValue[] {
    const values: SqlValue[] = [json, row.version];
    if (row.changed & EXPIRY) {
      values.push(sqlExpiry(row));
    }
    for (const index of shape.indexes.keys()) {
      if (row.changed & placeBit(index)) {
        values.push(row.place[2 * index] ?? null, row.place[2 * index + 1] ?? null);
      }
    }
    values.push(row.id);
    return values;
  }

  return {
    shape,
    cache,
    row(key) {
      let row = cache.get(key);
      if (row === undefined) {
        row = absentRow(key, none);
        const found = cache.mayMiss(key) ? (select.get(key) as unknown as SqlValue[] | undefined) : undefined;
        if (found !== undefined) {
          const [id, version, expiresAt, ...place] = found;
          row.id = id as number;
          row.version = version as number;
          row.expiresAt = (expiresAt as number | null) ?? Number.POSITIVE_INFINITY;
          row.place = place;
        }
        cache.add(row);
      }
      return row;
    },
    save(row) {
      if (row.json === undefined) {
        if (row.id !== 0) {
          expectOne(remove.run(row.id).changes);
          row.id = 0;
        }
      } else if (row.id === 0) {
        row.id = insertRow(row, row.json);
      } else {
        expectOne(update(row.changed).run(...updateValues(row, row.json)).changes);
      }
      row.dirty = false;
      row.json = undefined;
      row.changed = 0;
    },
  };

  function insertRow(row: Row, json: string): number {
    try {
      return Number(insert.run(row.key, row.version, sqlExpiry(row), json, ...row.place).lastInsertRowid);
    } catch (error) {
      if ((error as { readonly errcode?: unknown }).errcode !== SQLITE_CONSTRAINT_UNIQUE) {
        throw error;
      }
      const why = shape.shortLived
        ? 'every item of a table that is said to be short-lived must have an end'
        : 'something else has written to the file';
      throw new Error(`a row of table ${shape.name} was there that was known not to be: ${why}`, {
        cause: error,
      });
    }
  }

  function expectOne(changes: number | bigint): void {
    if (changes !== 1) {
      throw new Error(`a row of table ${shape.name} that was read is not in the file any more`);
    }
  }
}

function sqlExpiry(row: Row): number | null {
  return row.expiresAt === Number.POSITIVE_INFINITY ? null : row.expiresAt;
}
