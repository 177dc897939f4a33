import type { DatabaseSync } from 'node:sqlite';
import type { OutdatedTable, TableShape, UpkeepAnswer, UpkeepRequest } from './messages.ts';
import { placeColumns, sqlTable } from './names.ts';
import { completeIndexes } from './schema.ts';
import { createStatements } from './statements.ts';
import type { StoredTable } from './stored-table.ts';

/**
 * Creates what does the store's work on itself.
 *
 * @param outdated - indexes that have to be filled before the store is used.
 */
export function createUpkeep(
  db: DatabaseSync,
  tables: readonly StoredTable[],
  outdated: readonly OutdatedTable[],
): (request: UpkeepRequest, now: number) => UpkeepAnswer<UpkeepRequest> {
  const prepared = createStatements(db);

  function shapeOf(table: number): TableShape {
    const found = tables[table]?.shape;
    if (found === undefined) {
      throw new Error(`there is no table ${table}`);
    }
    return found;
  }

  function inOneCommit(work: () => void): void {
    db.exec('BEGIN IMMEDIATE');
    work();
    db.exec('COMMIT');
  }

  /** Writes places of outdated indexes; a row is partition and sort of each in turn, then the id. */
  function place(table: number, rows: readonly (readonly (number | string | null)[])[]): void {
    const { name, indexes } = shapeOf(table);
    const positions = outdated.find((entry) => entry.table === table)?.indexes ?? [];
    const columns = placeColumns(indexes.filter((_, index) => positions.includes(index)));
    const sets = columns.map((column) => `${column} = ?`).join(', ');
    const update = prepared(`UPDATE ${sqlTable(name)} SET ${sets} WHERE id = ?`);
    for (const row of rows) {
      update.run(...row);
    }
  }

  function reap(limit: number, now: number): boolean {
    let more = false;
    inOneCommit(() => {
      for (const { shape, cache } of tables) {
        const name = sqlTable(shape.name);
        const ended = `SELECT id FROM ${name} WHERE expires_at <= ? ORDER BY expires_at LIMIT ?`;
        const removed = prepared(`DELETE FROM ${name} WHERE id IN (${ended}) RETURNING key`).all(now, limit);
        for (const [key] of removed as unknown as [string][]) {
          cache.remove(key);
        }
        if (removed.length < limit) {
          cache.deleted(now);
        } else {
          more = true;
        }
      }
    });
    return more;
  }

  return (request, now) => {
    switch (request.kind) {
      case 'outdated':
        return outdated;
      case 'outdatedItems': {
        const page = `SELECT id, key, value FROM ${sqlTable(shapeOf(request.table).name)} WHERE id > ? ORDER BY id LIMIT ?`;
        return prepared(page).all(request.after, request.limit) as unknown as [number, string, string][];
      }
      case 'place':
        inOneCommit(() => place(request.table, request.rows));
        return null;
      case 'placed':
        inOneCommit(() => completeIndexes(db, shapeOf(request.table)));
        return null;
      case 'reap':
        return reap(request.limit, now);
      case 'close':
        return null;
    }
  };
}
