import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { prepareFormat } from './format.ts';
import { makeFolder } from './make-folder.ts';
import { claimFolder, DATABASE_FILE, explainRefusal } from './owner.ts';
import { syncPath } from './sync-path.ts';

/** How long to wait for those who read the file, in milliseconds. */
const READER_WAIT_MS = 5000;

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
    prepareFormat(db, undefined);
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
    const { release } = claimFolder(dir);
    closing.unshift(release);
    makeFile(join(dir, DATABASE_FILE));
    // Whoever reads beside this process holds it up for moments: where a log is taken over after a crash, say.
    const db = new DatabaseSync(join(dir, DATABASE_FILE), { timeout: READER_WAIT_MS });
    closing.unshift(() => db.close());
    prepareFormat(db, dir);
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
    PRAGMA cache_size = -16384;       -- KiB; after most commits SQLite looks through all of it
    PRAGMA temp_store = MEMORY;
  `);
}

/** There are secrets in it. SQLite gives the log beside it the same mode. */
function makeFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

function createFolder(dir: string): void {
  try {
    const first = makeFolder(dir, 0o700);
    if (first !== undefined && process.platform !== 'win32') {
      // The folder's name must outlive a power cut just as what is in it.
      syncPath(dirname(first));
    }
  } catch (error) {
    throw new Error(
      `data folder ${dir} cannot be created (${error instanceof Error ? error.message : error}): choose another`,
    );
  }
}
