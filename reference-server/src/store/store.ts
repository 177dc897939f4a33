import type { Table } from './table.ts';
import type { Write } from './write.ts';

/** An item as it was read. */
export interface Item<T> {
  readonly key: string;
  readonly value: T;
  /**
   * Changes with every write and never returns to an earlier value, not even after the item was removed
   * and put again. Its only use is as a condition of a later write.
   */
  readonly version: number;
  /** Epoch milliseconds from which on the item no longer exists. */
  readonly expiresAt?: number;
}

/** One page of an index. */
export interface Query {
  readonly partition: string;
  /** Lowest sort value, inclusive; of the type that the index has. */
  readonly from?: number | string;
  /** Highest sort value, inclusive. */
  readonly to?: number | string;
  /** Items at most, 1 to 1000. */
  readonly limit: number;
  /** Highest sort value first. */
  readonly descending?: boolean;
  /** Continues where the page that gave this cursor ended. */
  readonly cursor?: string;
}

/** What a query found. */
export interface Page<T> {
  readonly items: readonly Item<T>[];
  /** Set when there may be more. */
  readonly cursor?: string;
}

/**
 * Where a service keeps its records. Values are JSON. A write that was acknowledged is durable.
 *
 * Every call rejects with {@link StoreUnavailable} once the store is closed or has failed, and with a `TypeError`
 * or `RangeError` for arguments beyond {@link limits}.
 */
export interface Store {
  /** The item as of the last acknowledged write, or `undefined`. */
  get<T>(table: Table<T>, key: string): Promise<Item<T> | undefined>;
  /** Several items of one table, in the order of the keys. */
  getMany<T>(table: Table<T>, keys: readonly string[]): Promise<readonly (Item<T> | undefined)[]>;
  /**
   * Items by index. May be stale: decide nothing on it without a condition on the item itself.
   *
   * @throws {@link InvalidCursor} when the cursor is not one that a query has given.
   */
  query<T, I extends string>(table: Table<T, I>, index: I, query: Query): Promise<Page<T>>;
  /**
   * Every item of a table, in the order of the keys (by their bytes in UTF-8). What is written meanwhile may or
   * may not be seen. For start-up and maintenance; on no request path.
   */
  scan<T>(table: Table<T>): AsyncIterable<Item<T>>;
  /**
   * Applies 1 to 100 conditional writes, at most one per item, all or nothing.
   *
   * @returns the version that every item written by this transaction now has.
   * @throws {@link ConditionFailed} when a condition does not hold: nothing was written.
   * @throws {@link StoreUnavailable} when the store failed meanwhile: whether it was written is not known.
   */
  transact(writes: readonly Write[]): Promise<{ readonly version: number }>;
  /** Waits for what was accepted, then closes. Later calls are refused. */
  close(): Promise<void>;
}
