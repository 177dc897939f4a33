import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { backup } from 'node:sqlite';
import { integrityComplaints } from './back-up.ts';
import { copyCompanions } from './companions.ts';
import { makeFolder } from './make-folder.ts';
import { openReader } from './open-reader.ts';
import { claimFolder, DATABASE_FILE, explainRefusal } from './owner.ts';
import { syncPath } from './sync-path.ts';

/** Ends the names of files that are not in their place yet. */
const FRESH = '.restored';

/**
 * Puts a backup in the place of what a data folder has. The former data is moved aside within the folder, with its
 * write-ahead log: a log that stays behind would be replayed into the database that it does not belong to.
 *
 * @returns where the former data is; `undefined` when there was none.
 * @throws Error when a server uses the folder, or when the backup is damaged: nothing is changed then.
 */
export async function restore(options: {
  readonly from: string;
  readonly dir: string;
  /** Names the folder for the former data. */
  readonly now: number;
  /** Names of further files that take the place of those in the folder, where the backup has them. */
  readonly companions?: readonly string[];
}): Promise<string | undefined> {
  const dir = resolve(options.dir);
  const reader = openReader({ dir: options.from, tables: [] });
  try {
    const complaints = integrityComplaints(reader.db);
    if (complaints.length > 0) {
      throw new Error(`the backup in ${resolve(options.from)} is damaged: ${complaints[0]}`);
    }
    makeFolder(dir, 0o700);
    const { release } = claim(dir);
    const companions = options.companions ?? [];
    const freshOf = (name: string): string => join(dir, `${name}${FRESH}`);
    const discard = (): void => {
      for (const name of [DATABASE_FILE, ...companions]) {
        rmSync(freshOf(name), { force: true });
      }
    };
    try {
      discard();
      await backup(reader.db, freshOf(DATABASE_FILE));
      syncPath(freshOf(DATABASE_FILE));
      const fresh = [...copyCompanions(companions, options.from, { dir, suffix: FRESH }), DATABASE_FILE];
      const former = setAside(dir, fresh, options.now);
      for (const name of fresh) {
        renameSync(freshOf(name), join(dir, name));
      }
      syncPath(dir);
      return former;
    } finally {
      discard();
      release();
    }
  } finally {
    reader.close();
  }
}

function claim(dir: string): ReturnType<typeof claimFolder> {
  try {
    return claimFolder(dir);
  } catch (error) {
    throw explainRefusal(error, dir);
  }
}

function setAside(dir: string, replaced: readonly string[], now: number): string | undefined {
  const parts = readdirSync(dir)
    .filter((name) => [...replaced, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`].includes(name))
    .sort();
  if (parts.length === 0) {
    return undefined;
  }
  const aside = join(dir, `before-restore-${new Date(now).toISOString().replaceAll(':', '-')}`);
  if (existsSync(aside)) {
    throw new Error(`${aside} exists already: wait a moment and try again`);
  }
  mkdirSync(aside, { mode: 0o700 });
  for (const name of parts) {
    renameSync(join(dir, name), join(aside, name));
  }
  syncPath(aside);
  return aside;
}
