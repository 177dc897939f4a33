import type { Table } from '../store/index.ts';

/** Work that waits in a table for its time, and is tried again when it fails. */
export interface DueWork {
  /** Tries that failed so far. */
  readonly attempts: number;
  /** Whole epoch milliseconds of the next try. */
  readonly dueAt: number;
  /** How many times it was taken out of the dead letters. */
  readonly replays?: number;
}

/** A table of work, in the order in which it is due. */
export interface DueSource<T extends DueWork> {
  readonly table: Table<T, 'due'>;
  /** What the work is, for people: its kind, and the id that it is about. */
  readonly describe: (work: T) => { readonly name: string; readonly subject: string };
}

/** Work that will fail however often it is tried. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
}
