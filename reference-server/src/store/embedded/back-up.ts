import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { copyCompanions } from './companions.ts';
import { failureKind } from './failure-kind.ts';
import { makeFolder } from './make-folder.ts';
import { openReader } from './open-reader.ts';
import { DATABASE_FILE } from './owner.ts';
import { syncPath } from './sync-path.ts';

/** Pages copied between two reports: 4 MiB. */
const RATE = 1024;

/** A finished backup. */
export interface Backup {
  /** Absolute path of the folder it is in. */
  readonly dir: string;
  readonly bytes: number;
}

/**
 * Copies the data of a folder as it is at one moment, while a server may be writing in it, into a new folder. The copy
 * is checked before it gets its name, so that a folder of that name is a whole backup. It is a data folder itself.
 *
 * @param options.to - the folder to make.
 * @throws Error when there is something of that name already, when the data is damaged, or when it does not fit.
 */
export async function backUp(options: {
  readonly dir: string;
  readonly to: string;
  /** Names of further files of the folder that belong to its data, where there are such. */
  readonly companions?: readonly string[];
  /** Told after every 4 MiB; `total` is the same each time. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}): Promise<Backup> {
  const { onProgress = () => undefined } = options;
  const to = resolve(options.to);
  if (existsSync(to)) {
    throw new Error(`${to} exists already: a backup overwrites nothing, give it a name that is free`);
  }
  const reader = openReader({ dir: options.dir, tables: [] });
  const unfinished = `${to}.unfinished-${process.pid}`;
  try {
    makeFolder(dirname(to), 0o700);
    mkdirSync(unfinished, { mode: 0o700 });
    const file = join(unfinished, DATABASE_FILE);
    const total = await backup(reader.db, file, {
      rate: RATE,
      progress: ({ totalPages, remainingPages }) =>
        onProgress({ done: totalPages - remainingPages, total: totalPages }),
    });
    // The last step is not reported.
    onProgress({ done: total, total });
    const bytes = finish(file);
    syncPath(file);
    copyCompanions(options.companions ?? [], options.dir, { dir: unfinished });
    syncPath(unfinished);
    renameSync(unfinished, to);
    syncPath(dirname(to));
    return { dir: to, bytes };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`no backup was made in ${to}: ${reason}; ${remedy(error)}`, { cause: error });
  } finally {
    reader.close();
  }
}

/** What helps against what kept a backup from being made. */
function remedy(error: unknown): string {
  return error instanceof DamagedSource || failureKind(error) === 'damaged'
    ? 'run doctor, and restore an older backup where it finds damage'
    : 'make room, or choose another folder';
}

/** The copy is as damaged as what it was made from. */
class DamagedSource extends Error {}

/** Makes the copy one file that is complete by itself, and reads all of it. @returns its bytes. */
function finish(file: string): number {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA journal_mode = DELETE');
    const complaints = integrityComplaints(db);
    if (complaints.length > 0) {
      throw new DamagedSource(`the copy is damaged, and so is what it was made from: ${complaints[0]}`);
    }
    const size = db.prepare(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
    );
    return Number(size.get()?.bytes);
  } finally {
    db.close();
  }
}

/** What is wrong with a database, ten sentences at most; none when it is whole. Reads all of it. */
export function integrityComplaints(db: DatabaseSync): readonly string[] {
  return (
    db
      .prepare('PRAGMA integrity_check(10)')
      .all()
      // One row may hold many lines, under a heading that says nothing.
      .flatMap((row) => String(row.integrity_check).split('\n'))
      .filter((line) => line !== 'ok' && !line.startsWith('*** in database'))
  );
}
