import type { DatabaseSync } from 'node:sqlite';
import { eventsInParts } from './events-in-parts.ts';

/** Brings a file from one format to the next. */
export interface Migration {
  /** The format it leads to. */
  readonly to: number;
  /** Changes the file, within a transaction that others begin and end. */
  readonly change: (db: DatabaseSync) => void;
}

/** All steps since the first format, in order. Those of released formats never change. */
export const migrations: readonly Migration[] = [
  {
    // Says since when the file has which format. Who has the folder is told by store.lock from here on, which a
    // version that reads format 1 alone knows nothing of.
    to: 2,
    change: (db) =>
      db.exec('CREATE TABLE store_history (format INTEGER PRIMARY KEY, at INTEGER NOT NULL /* epoch ms */)'),
  },
  // Events name their sections and blocked seats instead of holding them, which may be more than one item can.
  { to: 3, change: eventsInParts },
];
