import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Store } from '../store.ts';
import type { StoreUnavailable } from '../store-unavailable.ts';
import type { Table } from '../table.ts';
import { declareTables } from './declared-tables.ts';
import { createEmbeddedStore } from './embedded-store.ts';
import { fillIndexes, type IndexProgress } from './fill-indexes.ts';
import { createForgottenKeys } from './forgotten-keys.ts';
import { createForgottenUnsorted } from './forgotten-unsorted.ts';
import { createKeyFilter } from './key-filter.ts';
import { createKnownItems } from './known-items.ts';
import type { Extent, WorkerSetup } from './messages.ts';
import { startReaper } from './reaper.ts';
import { linkWorker } from './worker-link.ts';
import { workerUrl } from './worker-url.ts';

/** Characters of items that were used last and are kept on the caller's thread: with their keys, some 16 MiB. */
const KNOWN_CHARACTERS = 16 * 1024 * 1024;

/** Options of {@link openEmbeddedStore}. */
export interface EmbeddedStoreOptions {
  /** Data folder; created when it does not exist. Without one, everything is in memory and ends with the store. */
  readonly dir?: string;
  /** Every table that the store is used with. What the folder has of other tables is left alone. */
  readonly tables: readonly Table<never>[];
  /** The time in epoch milliseconds, for `expiresAt`. Default: the system's. */
  readonly clock?: () => number;
  /** Milliseconds between two rounds of deleting what has expired; how soon space comes back, nothing else. Default 1000. */
  readonly reapInterval?: number;
  /** Told of the filling of indexes that are new or have changed, which opening waits for. */
  readonly onIndexProgress?: (progress: IndexProgress) => void;
  /** Told once, when the open store has failed: then nothing but opening it again helps. The reason names the folder. */
  readonly onFailure?: (reason: StoreUnavailable) => void;
}

/**
 * Opens the embedded store: SQLite on a worker thread, with all transactions that wait at the same time in one commit.
 *
 * @throws Error that names the folder, when another process uses it, when its format is newer than this version
 * reads, or when it is damaged.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { clock = Date.now, reapInterval = 1000 } = options;
  const { onIndexProgress = () => undefined, onFailure = () => undefined } = options;
  const dir = options.dir === undefined ? undefined : resolve(options.dir);
  const tables = declareTables(options.tables);
  const shapes = tables.all.map(({ shape }) => shape);
  const workerData: WorkerSetup = dir === undefined ? { tables: shapes } : { dir, tables: shapes };
  const worker = new Worker(workerUrl(), {
    name: 'embedded-store',
    workerData,
    // Older releases of Node 22 announce node:sqlite and type stripping as experimental on every start.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const link = linkWorker(worker, dir === undefined ? 'the store in memory' : `the store in ${dir}`, clock);
  let extents: readonly Extent[];
  try {
    extents = await link.opened;
    await fillIndexes(link, tables.all, onIndexProgress);
  } catch (error) {
    await link.close();
    throw error;
  }
  link.failed.then(onFailure);
  const stopReaper = startReaper(link, reapInterval);
  const known = createKnownItems(
    tables.all.map(({ position, shape, seldomRead }) => {
      const { lastKey, lastEnd } = extents[position] as Extent;
      if (shape.shortLived) {
        return { kind: 'keys', keys: createKeyFilter(lastEnd, clock) };
      }
      const forgotten = shape.unsortedKeys ? createForgottenUnsorted(lastKey) : createForgottenKeys(lastKey);
      return { kind: 'items', forgotten, seldomRead };
    }),
    KNOWN_CHARACTERS,
    clock,
  );
  const store = createEmbeddedStore(link, tables, known);
  return {
    ...store,
    close() {
      stopReaper();
      return store.close();
    },
  };
}
