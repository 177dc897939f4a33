import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

/** The database, in its data folder. */
export const DATABASE_FILE = 'store.db';

/** A data folder that belongs to this process. */
export interface ClaimedFolder {
  release(): void;
}

/**
 * Makes this process the only one that uses the folder. What excludes others is the operating system's lock on
 * the database file, which ends with the process however it ends; the note beside it only says whose it is.
 */
export function claimFolder(db: DatabaseSync, dir: string): ClaimedFolder {
  // Taken by the first transaction and kept until the file is closed.
  db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;');
  const note = noteIn(dir);
  writeFileSync(note, `${JSON.stringify({ pid: process.pid, host: hostname() })}\n`);
  return { release: () => rmSync(note, { force: true }) };
}

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Says why a data folder could not be opened. */
export function explainRefusal(error: unknown, dir: string): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const code = sqliteCode(error);
  if (code === undefined) {
    return error instanceof Error ? error : new Error(reason);
  }
  // The low byte is the kind of error, the rest its variant.
  switch (code & 0xff) {
    case SQLITE_BUSY:
      return new Error(
        `data folder ${dir} is in use by ${ownerOf(dir)}: stop that one or choose another folder`,
      );
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new Error(
        `${join(dir, DATABASE_FILE)} is damaged or no database (${reason}): restore it or choose another folder`,
      );
    default:
      return new Error(`data folder ${dir} cannot be used: ${DATABASE_FILE}: ${reason}`);
  }
}

function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;
}

function ownerOf(dir: string): string {
  try {
    const { pid, host } = JSON.parse(readFileSync(noteIn(dir), 'utf8')) as { pid: number; host: string };
    return host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  } catch {
    return 'another process';
  }
}

const noteIn = (dir: string): string => join(dir, 'store.pid');
