import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Items of {@link makeFormat1}: key, value, version, end of life. */
export const format1Items = [
  ['a', { day: 'mon', text: 'first' }, 1, null],
  ['b', { day: 'mon', text: 'second, ü' }, 2, null],
  ['c', { day: 'tue', text: 'gone in 2001' }, 3, 1_000_000_000_000],
  ['d', { day: 'tue', text: 'stays until 2100' }, 1_000_004, 4_102_444_800_000],
] as const;

/**
 * Makes a data folder as the first version of the store left it behind. The statements are that version's own and must
 * not follow those of later ones.
 */
export function makeFormat1(dir: string): void {
  const db = new DatabaseSync(join(dir, 'store.db'));
  db.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    BEGIN IMMEDIATE;
    PRAGMA application_id = ${0x7461636f};
    PRAGMA user_version = 1;
    CREATE TABLE store_state (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE store_indexes (
      table_name TEXT NOT NULL,
      index_name TEXT NOT NULL,
      definition TEXT, -- NULL until the index is filled
      PRIMARY KEY (table_name, index_name)
    ) WITHOUT ROWID;
    COMMIT;
    PRAGMA journal_mode = WAL;
    PRAGMA wal_autocheckpoint = 0;
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS "t_note" (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      version INTEGER NOT NULL,
      expires_at INTEGER,
      "by_day.partition", "by_day.sort",
      value TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS "note..expires_at" ON "t_note" (expires_at)
      WHERE expires_at IS NOT NULL;
    CREATE INDEX IF NOT EXISTS "note.by_day" ON "t_note" ("by_day.partition", "by_day.sort", key)
         WHERE "by_day.partition" IS NOT NULL;
    INSERT INTO store_indexes VALUES ('note', 'by_day', 'what the first version had here');
    INSERT INTO store_state VALUES ('versions', 2000004);
    COMMIT;
  `);
  const insert = db.prepare(
    'INSERT INTO "t_note" (key, value, version, expires_at, "by_day.partition", "by_day.sort") VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const [key, value, version, expiresAt] of format1Items) {
    insert.run(key, JSON.stringify(value), version, expiresAt, value.day, key);
  }
  db.close();
}
