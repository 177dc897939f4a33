import type { DatabaseSync } from 'node:sqlite';
import { conditions, kinds, type PackedTransactions, type PackedWrite, unpack } from './packed.ts';
import { nowhere, samePlace } from './place.ts';
import { EXPIRY, placeBit, type Row } from './row.ts';
import type { RowCaches } from './row-cache.ts';
import type { StoredTable } from './stored-table.ts';
import { createVersions } from './versions.ts';

/** Transactions to apply as of a time. */
export interface TransactionsMessage {
  readonly now: number;
  readonly transactions: PackedTransactions;
}

/**
 * Applies the transactions of several messages in their order, in one commit. When this returns they are on disk.
 *
 * @returns for each message, for each transaction: its version, or `-1 - n` when the condition of write `n` did
 * not hold.
 */
export type CommitTransactions = (messages: readonly TransactionsMessage[]) => readonly Float64Array[];

const ALL_COLUMNS = 0x7fffffff;

/**
 * Creates {@link CommitTransactions}.
 *
 * Conditions are decided in memory, on what the transactions before have left, and only then does the net
 * effect of all of them go to SQL: a transaction that fails has nothing to undo, so none needs a savepoint, and an
 * item that many of them change is written once.
 */
export function createTransactions(
  db: DatabaseSync,
  tables: readonly StoredTable[],
  caches: RowCaches,
): CommitTransactions {
  const versions = createVersions(db);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const indexCounts = tables.map(({ shape }) => shape.indexes.length);
  const empty = indexCounts.map(nowhere);
  let dirty: { readonly table: StoredTable; readonly row: Row }[] = [];

  function tableOf(write: PackedWrite): StoredTable {
    const table = tables[write.table];
    if (table === undefined) {
      throw new Error(`there is no table ${write.table}`);
    }
    return table;
  }

  function outcome(writes: readonly PackedWrite[], now: number): number {
    const rows: Row[] = [];
    for (const [position, write] of writes.entries()) {
      const row = tableOf(write).row(write.key);
      if (!holds(row, write.condition, now)) {
        return -1 - position;
      }
      rows.push(row);
    }
    const version = versions.next();
    for (const [position, row] of rows.entries()) {
      change(row, writes[position] as PackedWrite, version);
    }
    return version;
  }

  function change(row: Row, write: PackedWrite, version: number): void {
    if (write.kind === kinds.put) {
      put(row, write, version);
    } else if (write.kind === kinds.remove && row.version !== 0) {
      row.version = 0;
      row.expiresAt = Number.POSITIVE_INFINITY;
      row.place = empty[write.table] ?? [];
      row.json = undefined;
      // Should the item be put again before the commit, the row still has all that it had.
      row.changed = ALL_COLUMNS;
    } else {
      return;
    }
    if (!row.dirty) {
      row.dirty = true;
      dirty.push({ table: tableOf(write), row });
    }
  }

  return (messages) => {
    begin.run();
    const outcomes = messages.map(({ now, transactions }) =>
      Float64Array.from(unpack(transactions, indexCounts), (writes) => outcome(writes, now)),
    );
    for (const { table, row } of dirty) {
      table.save(row);
    }
    versions.save();
    commit.run();
    dirty = [];
    caches.trim();
    return outcomes;
  };
}

function holds(row: Row, condition: number, now: number): boolean {
  if (condition === conditions.none) {
    return true;
  }
  const exists = row.version !== 0 && row.expiresAt > now;
  if (condition === conditions.absent) {
    return !exists;
  }
  return exists && (condition === conditions.present || condition === row.version);
}

function put(row: Row, write: PackedWrite, version: number): void {
  row.version = version;
  row.json = write.json;
  if (row.expiresAt !== write.expiresAt) {
    row.expiresAt = write.expiresAt;
    row.changed |= EXPIRY;
  }
  for (let index = 0; 2 * index < write.place.length; index++) {
    if (!samePlace(row.place, write.place, index)) {
      row.changed |= placeBit(index);
    }
  }
  row.place = write.place;
}
