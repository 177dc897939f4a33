import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { DATABASE_FILE } from './owner.ts';
import { syncPath } from './sync-path.ts';

/**
 * Puts a copy of a database beside it, whole or not at all.
 *
 * @param suffix - what is added to the file's name.
 */
export function keepCopy(db: DatabaseSync, dir: string, suffix: string): void {
  const copy = join(dir, `${DATABASE_FILE}.${suffix}`);
  const unfinished = `${copy}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    db.prepare('VACUUM INTO ?').run(unfinished);
    syncPath(unfinished);
    renameSync(unfinished, copy);
    syncPath(dir);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
