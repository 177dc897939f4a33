import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** An item of {@link makeFormat2}. */
export interface Format2Event {
  readonly key: string;
  readonly version: number;
  readonly value: { readonly startsAt: number };
}

/**
 * Makes a data folder with events as the versions with format 2 left it behind, which kept each as one item. The
 * statements are those versions' own and must not follow those of later ones.
 */
export function makeFormat2(dir: string, events: readonly Format2Event[]): void {
  const db = new DatabaseSync(join(dir, 'store.db'));
  db.exec(`
    BEGIN IMMEDIATE;
    PRAGMA application_id = ${0x7461636f};
    PRAGMA user_version = 2;
    CREATE TABLE store_state (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE store_indexes (
      table_name TEXT NOT NULL,
      index_name TEXT NOT NULL,
      definition TEXT, -- NULL until the index is filled
      PRIMARY KEY (table_name, index_name)
    ) WITHOUT ROWID;
    CREATE TABLE store_history (format INTEGER PRIMARY KEY, at INTEGER NOT NULL);
    INSERT INTO store_history VALUES (2, 1700000000000);
    CREATE TABLE IF NOT EXISTS "t_event" (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      version INTEGER NOT NULL,
      expires_at INTEGER,
      "by_start.partition", "by_start.sort",
      value TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS "event..expires_at" ON "t_event" (expires_at)
      WHERE expires_at IS NOT NULL;
    CREATE INDEX IF NOT EXISTS "event.by_start" ON "t_event" ("by_start.partition", "by_start.sort", key)
         WHERE "by_start.partition" IS NOT NULL;
    INSERT INTO store_indexes VALUES ('event', 'by_start', 'what that version had here');
    INSERT INTO store_state VALUES ('versions', 2000004);
    COMMIT;
  `);
  const insert = db.prepare(
    `INSERT INTO "t_event" (key, version, value, "by_start.partition", "by_start.sort") VALUES (?, ?, ?, 'all', ?)`,
  );
  for (const { key, version, value } of events) {
    insert.run(key, version, JSON.stringify(value), value.startsAt);
  }
  db.close();
}
