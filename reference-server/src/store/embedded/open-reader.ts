import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '../store.ts';
import { StoreUnavailable } from '../store-unavailable.ts';
import type { Table } from '../table.ts';
import { declareTables } from './declared-tables.ts';
import { createEmbeddedStore } from './embedded-store.ts';
import { checkFormat } from './format.ts';
import type { PageAnswer, PageRequest, TableShape, UpkeepAnswer, UpkeepRequest } from './messages.ts';
import { DATABASE_FILE, explainRefusal } from './owner.ts';
import { packGets, unpackItems } from './packed-gets.ts';
import { createReads } from './reads.ts';
import type { WorkerLink } from './worker-link.ts';

/** How long to wait for a server that is just starting on the folder, in milliseconds. */
const WAIT_MS = 5000;

/** A data folder as it was at one moment, whether or not a server works on it. */
export interface FolderReader {
  /** Reads; every write is refused. */
  readonly store: Store;
  /** The connection, which has not changed and cannot change the file. */
  readonly db: DatabaseSync;
  /** Looks at what is there now. */
  refresh(): void;
  close(): void;
}

/**
 * Opens a data folder to look at it. What a server commits meanwhile is seen after `refresh`.
 *
 * While a reader is open the server's write-ahead log cannot begin anew; it grows until then.
 *
 * @param options.tables Tables that are read; nothing of others is needed to be there.
 * @throws Error that names the folder and says what is wrong with it.
 */
export function openReader(options: {
  readonly dir: string;
  readonly tables: readonly Table<never>[];
  /** The time in epoch milliseconds, for `expiresAt`. Default: the system's. */
  readonly clock?: () => number;
}): FolderReader {
  const { clock = Date.now } = options;
  const dir = resolve(options.dir);
  const declared = declareTables(options.tables);
  const shapes = declared.all.map(({ shape }) => shape);
  if (!existsSync(join(dir, DATABASE_FILE))) {
    throw new Error(`${dir} holds no ${DATABASE_FILE}: give the data folder of a server`);
  }
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(join(dir, DATABASE_FILE), { readOnly: true, timeout: WAIT_MS });
    checkFormat(db, dir);
    checkSchema(db, shapes, dir);
    const connection = db;
    pin(connection);
    return {
      store: createEmbeddedStore(localLink(connection, shapes, clock, dir), declared),
      db: connection,
      refresh() {
        connection.exec('COMMIT');
        pin(connection);
      },
      close: () => connection.close(),
    };
  } catch (error) {
    db?.close();
    throw explainRefusal(error, dir);
  }
}

/** From the first read on, the transaction sees the file as it is now. */
function pin(db: DatabaseSync): void {
  db.exec('BEGIN; SELECT 1 FROM sqlite_schema');
}

/**
 * What the tables of the folder lack, the server of this version adds when it starts. An index that is filled in
 * another way is read as it is.
 */
function checkSchema(db: DatabaseSync, shapes: readonly TableShape[], dir: string): void {
  const tables = new Set(
    db
      .prepare('SELECT name FROM sqlite_schema')
      .all()
      .map(({ name }) => name),
  );
  const filled = new Set(
    db
      .prepare('SELECT table_name, index_name FROM store_indexes WHERE definition IS NOT NULL')
      .all()
      .map((row) => `${row.table_name}.${row.index_name}`),
  );
  for (const { name, indexes } of shapes) {
    if (!tables.has(`t_${name}`) || !indexes.every((index) => filled.has(`${name}.${index.name}`))) {
      throw new Error(
        `data folder ${dir} was written by another version, without the table "${name}" as this one has it: ` +
          'start the server of this version on it once, or use the version that wrote it',
      );
    }
  }
}

/** Answers as the worker thread would, on this thread. */
function localLink(
  db: DatabaseSync,
  shapes: readonly TableShape[],
  clock: () => number,
  dir: string,
): WorkerLink {
  const reads = createReads(db, shapes);
  const refused = <T>(): Promise<T> =>
    Promise.reject(new StoreUnavailable(`the store in ${dir} is open for reading alone`));
  return {
    opened: Promise.resolve([]),
    // There is no worker that could fail; the call that fails says so.
    failed: new Promise(() => undefined),
    refuseEnded: () => undefined,
    get: async (request) => unpackItems([request], reads.get(packGets([request]), clock()))[0] ?? [],
    page: async <R extends PageRequest>(request: R) => reads.page(request, clock()) as PageAnswer<R>,
    transact: () => refused<number>(),
    maintain: <R extends UpkeepRequest>(_: R) => refused<UpkeepAnswer<R>>(),
    close: async () => db.close(),
  };
}
