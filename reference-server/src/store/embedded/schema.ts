import type { DatabaseSync } from 'node:sqlite';
import type { OutdatedTable, TableShape } from './messages.ts';
import { partitionColumn, placeColumns, sortColumn, sqlExpiryIndex, sqlIndex, sqlTable } from './names.ts';

/**
 * Brings the schema in line with the declared tables.
 *
 * @returns the indexes that have to be filled before the store can be used.
 */
export function prepareSchema(db: DatabaseSync, tables: readonly TableShape[]): readonly OutdatedTable[] {
  const outdated: OutdatedTable[] = [];
  db.exec('BEGIN IMMEDIATE');
  for (const [position, table] of tables.entries()) {
    createTable(db, table);
    dropForgottenIndexes(db, table);
    const indexes = [...table.indexes.keys()].filter((index) => !prepareIndex(db, table, index));
    const items = indexes.length === 0 ? 0 : countItems(db, table);
    if (items > 0) {
      outdated.push({ table: position, indexes, items });
    } else {
      completeIndexes(db, table);
    }
  }
  db.exec('COMMIT');
  return outdated;
}

/** Builds the indexes of a table whose items have all been given their place. */
export function completeIndexes(db: DatabaseSync, table: TableShape): void {
  for (const { name, definition } of table.indexes) {
    const columns = `${partitionColumn(name)}, ${sortColumn(name)}, key`;
    db.exec(
      `CREATE INDEX IF NOT EXISTS ${sqlIndex(table.name, name)} ON ${sqlTable(table.name)} (${columns})
         WHERE ${partitionColumn(name)} IS NOT NULL`,
    );
    db.prepare('UPDATE store_indexes SET definition = ? WHERE table_name = ? AND index_name = ?').run(
      definition,
      table.name,
      name,
    );
  }
}

function createTable(db: DatabaseSync, table: TableShape): void {
  // The value comes last: a large one spills into pages of its own, and what stands behind it is slow to reach.
  const columns = placeColumns(table.indexes).map((column) => `${column},`);
  db.exec(`
    CREATE TABLE IF NOT EXISTS ${sqlTable(table.name)} (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      version INTEGER NOT NULL,
      expires_at INTEGER,
      ${columns.join('\n')}
      value TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS ${sqlExpiryIndex(table.name)} ON ${sqlTable(table.name)} (expires_at)
      WHERE expires_at IS NOT NULL;
  `);
}

/** The columns stay: dropping them would rewrite the table, and a later version may want them again. */
function dropForgottenIndexes(db: DatabaseSync, table: TableShape): void {
  const declared = new Set(table.indexes.map(({ name }) => name));
  const stored = db.prepare('SELECT index_name FROM store_indexes WHERE table_name = ?').all(table.name);
  for (const name of stored.map((row) => String(row.index_name)).filter((name) => !declared.has(name))) {
    db.exec(`DROP INDEX IF EXISTS ${sqlIndex(table.name, name)}`);
    db.prepare('DELETE FROM store_indexes WHERE table_name = ? AND index_name = ?').run(table.name, name);
  }
}

/** Returns whether the index is filled as declared; if not, makes room for it. */
function prepareIndex(db: DatabaseSync, table: TableShape, position: number): boolean {
  const index = table.indexes[position];
  if (index === undefined) {
    return true;
  }
  const { name, definition } = index;
  const stored = db
    .prepare('SELECT definition FROM store_indexes WHERE table_name = ? AND index_name = ?')
    .get(table.name, name);
  if (stored?.definition === definition) {
    return true;
  }
  db.exec(`DROP INDEX IF EXISTS ${sqlIndex(table.name, name)}`);
  db.prepare('INSERT OR REPLACE INTO store_indexes VALUES (?, ?, NULL)').run(table.name, name);
  const present = db.prepare('SELECT name FROM pragma_table_info(?)').all(`t_${table.name}`);
  const columns = new Set(present.map((row) => `"${row.name}"`));
  for (const column of placeColumns([index]).filter((column) => !columns.has(column))) {
    db.exec(`ALTER TABLE ${sqlTable(table.name)} ADD COLUMN ${column}`);
  }
  return false;
}

function countItems(db: DatabaseSync, table: TableShape): number {
  return Number(db.prepare(`SELECT count(*) AS items FROM ${sqlTable(table.name)}`).get()?.items);
}
