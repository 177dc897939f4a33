import type { DatabaseSync } from 'node:sqlite';
import { keepCopy } from './keep-copy.ts';
import { type Migration, migrations } from './migrations.ts';

/** Marks the file as one of this store ("taco"). */
const APPLICATION_ID = 0x7461636f;

/** What is in the file and how. */
export const FORMAT = 3;

/**
 * Marks a new file, brings an older one to this version's format, and refuses what another program, or a later
 * version, has written.
 *
 * An older file is changed in one transaction, after a copy of it was put beside it: `store.db.format-2`, say. To go back
 * to the version that wrote it, stop the server, remove `store.db-wal` and put the copy in the place of `store.db`.
 *
 * @param dir - the data folder, as errors name it; `undefined`: in memory.
 * @param steps - what leads from each format to the next one.
 */
export function prepareFormat(
  db: DatabaseSync,
  dir: string | undefined,
  steps: readonly Migration[] = migrations,
): void {
  const format = pragma(db, 'user_version');
  if (format === 0 && pragma(db, 'application_id') === 0 && isEmpty(db)) {
    create(db);
    return;
  }
  refuseForeign(db, dir);
  if (format < FORMAT) {
    if (dir !== undefined) {
      keepCopy(db, dir, `format-${format}`);
    }
    migrate(
      db,
      format,
      steps.filter(({ to }) => to > format),
    );
  }
}

/** @throws Error unless the file is one that this version reads as it is. */
export function checkFormat(db: DatabaseSync, dir: string): void {
  refuseForeign(db, dir);
  const format = pragma(db, 'user_version');
  if (format !== FORMAT) {
    throw new Error(
      `data folder ${dir} has format ${format}, this version reads format ${FORMAT}: ` +
        'start the server of this version on it once, which keeps a copy and brings it up to date',
    );
  }
}

function refuseForeign(db: DatabaseSync, dir: string | undefined): void {
  const format = pragma(db, 'user_version');
  if (pragma(db, 'application_id') !== APPLICATION_ID) {
    throw new Error(`data folder ${dir} holds the store.db of another program: choose another folder`);
  }
  if (format > FORMAT) {
    throw new Error(
      `data folder ${dir} has format ${format}, this version reads formats up to ${FORMAT}: ` +
        'use the version that wrote it or a later one, or choose another folder',
    );
  }
}

function create(db: DatabaseSync): void {
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
    CREATE TABLE store_history (format INTEGER PRIMARY KEY, at INTEGER NOT NULL);
    INSERT INTO store_history VALUES (${FORMAT}, ${Date.now()});
    COMMIT;
  `);
}

function migrate(db: DatabaseSync, from: number, steps: readonly Migration[]): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const { change } of steps) {
      change(db);
    }
    db.prepare('INSERT INTO store_history VALUES (?, ?)').run(FORMAT, Date.now());
    db.exec(`PRAGMA user_version = ${FORMAT}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) {
      db.exec('ROLLBACK');
    }
    throw new Error(
      `bringing the data from format ${from} to ${FORMAT} failed (${error instanceof Error ? error.message : error}): ` +
        'nothing was changed; the version that wrote it can still read it',
      { cause: error },
    );
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}
