import type { DatabaseSync } from 'node:sqlite';

/** Marks the file as one of this store ("taco"). */
const APPLICATION_ID = 0x7461636f;
/** What is in the file and how. Raised when an older version could no longer read it. */
const FORMAT = 1;

/**
 * Refuses a file that another program, or a later version, has written; marks a new one.
 *
 * @param dir - the data folder, as errors name it.
 */
export function checkFormat(db: DatabaseSync, dir: string): void {
  const application = pragma(db, 'application_id');
  const format = pragma(db, 'user_version');
  if (application === 0 && format === 0 && isEmpty(db)) {
    db.exec(`
      BEGIN IMMEDIATE;
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${FORMAT};
      CREATE TABLE store_state (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
      CREATE TABLE store_indexes (
        table_name TEXT NOT NULL,
        index_name TEXT NOT NULL,
        definition TEXT, -- NULL until the index is filled
        PRIMARY KEY (table_name, index_name)
      ) WITHOUT ROWID;
      COMMIT;
    `);
    return;
  }
  if (application !== APPLICATION_ID) {
    throw new Error(`data folder ${dir} holds the store.db of another program: choose another folder`);
  }
  if (format > FORMAT) {
    throw new Error(
      `data folder ${dir} has format ${format}, this version reads formats up to ${FORMAT}: ` +
        'use the version that wrote it or a later one, or choose another folder',
    );
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}
