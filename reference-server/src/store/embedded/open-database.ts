import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { checkFormat } from './format.ts';
import { makeFolder } from './make-folder.ts';
import { claimFolder, DATABASE_FILE, explainRefusal } from './owner.ts';

/** How long to wait for another process that is just leaving the folder, in milliseconds. */
const OWNER_WAIT_MS = 1000;

/** An open database. */
export interface OpenDatabase {
  readonly db: DatabaseSync;
  /** Closes the file and gives the folder free. */
  readonly close: () => void;
  /** Says of an error what is wrong with the folder. */
  readonly explain: (error: unknown) => Error;
}

/**
 * Opens the database of a data folder for this process alone, or one in memory.
 *
 * @throws Error that names the folder and says what is wrong with it.
 */
export function openDatabase(dir: string | undefined): OpenDatabase {
  if (dir === undefined) {
    const db = new DatabaseSync(':memory:');
    checkFormat(db, 'memory');
    return { db, close: () => db.close(), explain: (error) => explainRefusal(error, 'in memory') };
  }
  createFolder(dir);
  const explain = (error: unknown): Error => explainRefusal(error, dir);
  const closing: (() => void)[] = [];
  const close = (): void => {
    for (const step of closing.splice(0)) {
      step();
    }
  };
  try {
    const db = new DatabaseSync(join(dir, DATABASE_FILE), { timeout: OWNER_WAIT_MS });
    closing.unshift(() => db.close());
    const { release } = claimFolder(db, dir);
    closing.unshift(release);
    checkFormat(db, dir);
    makeDurable(db, dir);
    return { db, close, explain };
  } catch (error) {
    close();
    throw explain(error);
  }
}

function makeDurable(db: DatabaseSync, dir: string): void {
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
  if (mode !== 'wal') {
    throw new Error(
      `data folder ${dir} is on a file system that takes no write-ahead log (journal mode ${mode})`,
    );
  }
  db.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;            -- on macOS fsync alone leaves the data in the drive's cache
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA wal_autocheckpoint = 0;    -- done after commits instead, where its errors are seen
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -65536;       -- KiB
    PRAGMA temp_store = MEMORY;
  `);
}

function createFolder(dir: string): void {
  try {
    const first = makeFolder(dir, 0o700);
    if (first !== undefined && process.platform !== 'win32') {
      // The folder's name must outlive a power cut just as what is in it.
      syncFolder(dirname(first));
    }
  } catch (error) {
    throw new Error(
      `data folder ${dir} cannot be created (${error instanceof Error ? error.message : error}): choose another`,
    );
  }
}

function syncFolder(dir: string): void {
  const descriptor = openSync(dir, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
