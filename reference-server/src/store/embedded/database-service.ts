import type { DatabaseSync } from 'node:sqlite';
import { createCheckpoints } from './checkpoints.ts';
import type { Extent, FromWorker, OutdatedTable, TableShape, ToWorker, WorkerSetup } from './messages.ts';
import { sqlTable } from './names.ts';
import { openDatabase } from './open-database.ts';
import { createReads } from './reads.ts';
import { createRowCaches } from './row-cache.ts';
import { prepareSchema } from './schema.ts';
import { createStoredTable } from './stored-table.ts';
import { createTransactions, type TransactionsMessage } from './transactions.ts';
import { createUpkeep } from './upkeep.ts';

/**
 * Rows remembered without their values, over all tables: some 300 bytes each. Saves looking up an item that is
 * written again soon; many more cost the garbage collector more than the look-ups.
 */
const CACHED_ROWS = 32_768;

type UpkeepMessage = Extract<ToWorker, { readonly lane: 'upkeep' }>;

/** What the worker thread does. Every error that it throws is the end of it. */
export interface DatabaseService {
  /**
   * Answers all messages that have arrived. Their transactions share one commit.
   *
   * @returns `ended` when one of them asked for that: then the database is to be closed.
   */
  readonly handle: (messages: readonly ToWorker[]) => 'open' | 'ended';
  /** What was stored of each table when it was opened. */
  readonly extents: readonly Extent[];
  /** Closes the database. What is not committed is given up. */
  readonly close: () => void;
}

/**
 * Opens the database and creates its {@link DatabaseService}.
 *
 * @throws Error that names the folder and says what is wrong with it.
 */
export function createDatabaseService(
  { dir, tables }: WorkerSetup,
  answer: (message: FromWorker) => void,
): DatabaseService {
  const { db, close, explain } = openDatabase(dir);
  try {
    const outdated = prepareSchema(db, tables);
    const extents = tables.map((table) => extentOf(db, table));
    return { handle: createHandler(db, { tables, extents, outdated }, answer), extents, close };
  } catch (error) {
    close();
    throw explain(error);
  }
}

function createHandler(
  db: DatabaseSync,
  found: {
    readonly tables: readonly TableShape[];
    readonly extents: readonly Extent[];
    readonly outdated: readonly OutdatedTable[];
  },
  answer: (message: FromWorker) => void,
): DatabaseService['handle'] {
  const { tables, extents, outdated } = found;
  const caches = createRowCaches(CACHED_ROWS);
  const stored = tables.map((table, position) =>
    createStoredTable(db, table, caches.create(table, extents[position] as Extent)),
  );
  const reads = createReads(db, tables);
  const commit = createTransactions(db, stored, caches);
  const maintain = createUpkeep(db, stored, outdated);
  const checkpoint = createCheckpoints(db);

  return (messages) => {
    const transactions: TransactionsMessage[] = [];
    const upkeep: UpkeepMessage[] = [];
    for (const message of messages) {
      switch (message.lane) {
        // Reads at once: what they may see is on disk already, they need not wait for the commit.
        case 'gets':
          answer({ lane: 'gets', items: reads.get(message.gets, message.now) });
          break;
        case 'pages':
          answer({
            lane: 'pages',
            answers: message.requests.map((request) => reads.page(request, message.now)),
          });
          break;
        case 'writes':
          transactions.push(message);
          break;
        case 'upkeep':
          upkeep.push(message);
      }
    }
    if (transactions.length > 0) {
      for (const answers of commit(transactions)) {
        answer({ lane: 'writes', answers });
      }
    }
    for (const { requests, now } of upkeep) {
      answer({ lane: 'upkeep', answers: requests.map((request) => maintain(request, now)) });
    }
    if (upkeep.some(({ requests }) => requests.some(({ kind }) => kind === 'close'))) {
      return 'ended';
    }
    checkpoint();
    return 'open';
  };
}

function extentOf(db: DatabaseSync, { name, shortLived }: TableShape): Extent {
  const table = sqlTable(name);
  // As bytes: older releases of Node 22 end text at a NUL, and what is said to be the last key must not come before it.
  const lastKey = db.prepare(`SELECT CAST(max(key) AS BLOB) AS last FROM ${table}`).get()?.last;
  const lastEnd = shortLived
    ? db.prepare(`SELECT max(expires_at) AS last FROM ${table} WHERE expires_at IS NOT NULL`).get()?.last
    : undefined;
  return {
    lastKey: lastKey instanceof Uint8Array ? Buffer.from(lastKey).toString() : '',
    lastEnd: Number(lastEnd ?? Number.NEGATIVE_INFINITY),
  };
}
