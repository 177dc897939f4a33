import type { DatabaseSync } from 'node:sqlite';

/** Rows to write between two checkpoints: a log of 32 MiB at most when no two of them share a page. */
const ROWS = 8192;

/**
 * Creates what moves the write-ahead log into the database file when it has grown. SQLite could do it by itself, but
 * inside the commit that callers wait for, and without telling when it failed.
 */
export function createCheckpoints(db: DatabaseSync): () => void {
  const changes = db.prepare('SELECT total_changes() AS rows');
  let done = 0;
  return () => {
    const rows = Number(changes.get()?.rows);
    if (rows - done >= ROWS) {
      done = rows;
      db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    }
  };
}
