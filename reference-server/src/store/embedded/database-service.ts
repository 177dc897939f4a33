import type { DatabaseSync } from 'node:sqlite';
import { createCheckpoints } from './checkpoints.ts';
import type { FromWorker, TableShape, ToWorker, WorkerSetup } from './messages.ts';
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
  /** When the last item of each table that is there ends, in epoch milliseconds; 0 where the table does not ask. */
  readonly ends: readonly number[];
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
    return {
      handle: createHandler(db, tables, answer),
      ends: tables.map((table) => lastEnd(db, table)),
      close,
    };
  } catch (error) {
    close();
    throw explain(error);
  }
}

function createHandler(
  db: DatabaseSync,
  tables: readonly TableShape[],
  answer: (message: FromWorker) => void,
): DatabaseService['handle'] {
  const outdated = prepareSchema(db, tables);
  const caches = createRowCaches(CACHED_ROWS);
  const stored = tables.map((table) => createStoredTable(db, table, caches.create()));
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

function lastEnd(db: DatabaseSync, { name, shortLived }: TableShape): number {
  if (!shortLived) {
    return 0;
  }
  const last = `SELECT max(expires_at) AS ends FROM ${sqlTable(name)} WHERE expires_at IS NOT NULL`;
  return Number(db.prepare(last).get()?.ends ?? 0);
}
