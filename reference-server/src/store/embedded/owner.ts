import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { failureKind } from './failure-kind.ts';

/** The database, in its data folder. */
export const DATABASE_FILE = 'store.db';

/** The file whose lock says that a data folder is in use. It stays: only its lock means something. */
const LOCK_FILE = 'store.lock';

/** How long to wait for another process that is just leaving the folder, in milliseconds. */
const OWNER_WAIT_MS = 1000;

/** A data folder that belongs to this process. */
export interface ClaimedFolder {
  release(): void;
}

/**
 * Makes this process the only one that writes in the folder. What excludes others is the operating system's lock on
 * a file of its own, which ends with the process however it ends; the note beside it only says whose it is. The
 * database itself is not locked as a whole, so that backups and checks can read it meanwhile.
 *
 * @throws an error of SQLite, `SQLITE_BUSY` when another process has the folder.
 */
export function claimFolder(dir: string): ClaimedFolder {
  const lock = takeLock(dir);
  const note = noteIn(dir);
  try {
    writeFileSync(note, `${JSON.stringify({ pid: process.pid, host: hostname() })}\n`);
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    release() {
      rmSync(note, { force: true });
      lock.close();
    },
  };
}

/** Who uses a data folder, in words; `undefined` when nobody does. Changes nothing. */
export function ownerOf(dir: string): string | undefined {
  const path = join(dir, LOCK_FILE);
  if (!existsSync(path)) {
    return undefined;
  }
  const lock = new DatabaseSync(path, { readOnly: true });
  try {
    lock.exec('SELECT 1 FROM sqlite_schema');
    return undefined;
  } catch (error) {
    if (failureKind(error) === 'busy') {
      return namedOwner(dir);
    }
    throw error;
  } finally {
    lock.close();
  }
}

function takeLock(dir: string): DatabaseSync {
  // Only SQLite may open it: closing it elsewhere in this process would take the lock away.
  const lock = new DatabaseSync(join(dir, LOCK_FILE), { timeout: OWNER_WAIT_MS });
  try {
    // Nothing is ever written: the file stays empty, needs no journal, and the lock lasts until it is closed.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Says why a data folder could not be opened. */
export function explainRefusal(error: unknown, dir: string): Error {
  const reason = error instanceof Error ? error.message : String(error);
  switch (failureKind(error)) {
    case undefined:
      return error instanceof Error ? error : new Error(reason);
    case 'busy':
      return new Error(
        `data folder ${dir} is in use by ${namedOwner(dir)}: stop that one or choose another folder`,
      );
    case 'damaged':
      return new Error(
        `${join(dir, DATABASE_FILE)} is damaged or no database (${reason}): restore it or choose another folder`,
      );
    case 'full':
      return new Error(
        `data folder ${dir} cannot be used: the disk is full (${reason}): make room and start again`,
      );
    case 'unreadable':
      return new Error(`data folder ${dir} cannot be used: ${DATABASE_FILE}: ${reason}`);
  }
}

function namedOwner(dir: string): string {
  try {
    const { pid, host } = JSON.parse(readFileSync(noteIn(dir), 'utf8')) as { pid: number; host: string };
    return host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  } catch {
    return 'another process';
  }
}

const noteIn = (dir: string): string => join(dir, 'store.pid');
