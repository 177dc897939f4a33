import { limits } from './limits.ts';

/** A JSON value: what a store keeps. Dates are epoch milliseconds, bytes are base64. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** Where an item appears in an index: items of one partition, ordered by `sort`. */
export interface IndexEntry {
  readonly partition: string;
  /** Compared by value: all numbers, or all strings (by their bytes in UTF-8), within one index. */
  readonly sort: number | string;
}

/**
 * Derives an item's place in an index from its value; `undefined` leaves the item out.
 *
 * It must follow from its arguments alone, and its text should say all of it: a store fills an index again when
 * that text has changed. When something that it calls has changed instead, rename the index.
 */
export type IndexOf<T> = (value: T, key: string) => IndexEntry | undefined;

/**
 * A table: a name, the type of its values and its indexes. Tables are declared once, by the service
 * that owns them, and handed to the store when it is opened.
 */
export interface Table<T, I extends string = string> {
  /** `[a-z][a-z0-9_]*`, unique in a store. */
  readonly name: string;
  /** By name, `[a-z][a-z0-9_]*`. */
  readonly indexes: Readonly<Record<I, IndexOf<T>>>;
  /**
   * Every item ends, and most are looked up only before they exist: a store may remember which keys there are rather
   * than what was written. Once said of a table it has to be true of what is stored already: an item without an end that is
   * written again may end the store.
   */
  readonly shortLived: boolean;
  /** Most items are written once and never looked up: a store may remember an item only once it is read or written again. */
  readonly seldomRead: boolean;
  /**
   * New keys come in no order, not even those that begin alike up to their last slash: a store may remember each key of
   * which it has forgotten the item, and not only how far keys went.
   */
  readonly unsortedKeys: boolean;
}

/** What else there is to say of a table. */
export interface TableOptions {
  /** As {@link Table.shortLived}; `false` when not said. */
  readonly shortLived?: boolean;
  /** As {@link Table.seldomRead}; `false` when not said. */
  readonly seldomRead?: boolean;
  /** As {@link Table.unsortedKeys}; `false` when not said. */
  readonly unsortedKeys?: boolean;
}

/** Declares a table. */
export function table<T>(name: string, indexes?: undefined, options?: TableOptions): Table<T, never>;
export function table<T, I extends string>(
  name: string,
  indexes: Record<I, IndexOf<T>>,
  options?: TableOptions,
): Table<T, I>;
export function table<T>(
  name: string,
  indexes: Record<string, IndexOf<T>> = {},
  { shortLived = false, seldomRead = false, unsortedKeys = false }: TableOptions = {},
): Table<T> {
  for (const [what, given] of [['table', name], ...Object.keys(indexes).map((index) => ['index', index])]) {
    if (!/^[a-z][a-z0-9_]*$/.test(given ?? '')) {
      throw new Error(`${what} name "${given}" is not of the form [a-z][a-z0-9_]*`);
    }
  }
  if (Object.keys(indexes).length > limits.indexes) {
    throw new Error(
      `table "${name}" has ${Object.keys(indexes).length} indexes, at most ${limits.indexes} are kept`,
    );
  }
  return { name, indexes, shortLived, seldomRead, unsortedKeys };
}
