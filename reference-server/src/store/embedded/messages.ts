import type { PackedTransactions } from './packed.ts';
import type { PackedGets, PackedItems } from './packed-gets.ts';

/** A table as the worker knows it. The functions that fill its indexes stay on the main thread. */
export interface TableShape {
  readonly name: string;
  readonly indexes: readonly IndexShape[];
  /** As the table says. */
  readonly shortLived: boolean;
  /** As the table says. */
  readonly unsortedKeys: boolean;
}

export interface IndexShape {
  readonly name: string;
  /** Identifies what fills the index: another one means that it has to be filled again. */
  readonly definition: string;
}

/** What the worker is started with. */
export interface WorkerSetup {
  /** Absolute path of the data folder; absent: in memory. */
  readonly dir?: string;
  readonly tables: readonly TableShape[];
}

/** Key, JSON of the value, version, end of life (`null`: none). */
export type StoredItem = readonly [key: string, json: string, version: number, expiresAt: number | null];

export interface QueryRequest {
  readonly kind: 'query';
  readonly table: number;
  readonly index: number;
  readonly partition: string;
  readonly from: number | string | undefined;
  readonly to: number | string | undefined;
  readonly descending: boolean;
  readonly limit: number;
  readonly after: Position | undefined;
}

/** Where in an index a page ended. */
export type Position = readonly [sort: number | string, key: string];

export interface ScanRequest {
  readonly kind: 'scan';
  readonly table: number;
  readonly limit: number;
  readonly after: string | undefined;
}

/** A look-up of many items. */
export type PageRequest = QueryRequest | ScanRequest;

export interface QueryAnswer {
  readonly items: readonly StoredItem[];
  /** Set when there may be more. */
  readonly end: Position | undefined;
}

export interface ScanAnswer {
  readonly items: readonly StoredItem[];
  readonly more: boolean;
}

export type PageAnswer<R extends PageRequest> = R extends QueryRequest ? QueryAnswer : ScanAnswer;

/** Work that the store does on itself. */
export type UpkeepRequest =
  /** Which indexes have to be filled. */
  | { readonly kind: 'outdated' }
  /** Items whose place in the outdated indexes has to be worked out. */
  | { readonly kind: 'outdatedItems'; readonly table: number; readonly after: number; readonly limit: number }
  /** Their places: for every row partition and sort (or `null`s) of each outdated index in turn, then its id. */
  | {
      readonly kind: 'place';
      readonly table: number;
      readonly rows: readonly (readonly (number | string | null)[])[];
    }
  /** All items of the table are placed. */
  | { readonly kind: 'placed'; readonly table: number }
  /** Deletes items that no longer exist, `limit` of each table at most. */
  | { readonly kind: 'reap'; readonly limit: number }
  | { readonly kind: 'close' };

export interface OutdatedTable {
  readonly table: number;
  /** Positions in the table's list of indexes. */
  readonly indexes: readonly number[];
  readonly items: number;
}

export interface UpkeepAnswers {
  readonly outdated: readonly OutdatedTable[];
  readonly outdatedItems: readonly (readonly [id: number, key: string, json: string])[];
  readonly place: null;
  readonly placed: null;
  /** Whether a table may have more to reap. */
  readonly reap: boolean;
  readonly close: null;
}

export type UpkeepAnswer<R extends UpkeepRequest> = UpkeepAnswers[R['kind']];

/** From the main thread. Times are epoch milliseconds. */
export type ToWorker =
  | { readonly lane: 'gets'; readonly now: number; readonly gets: PackedGets }
  | { readonly lane: 'pages'; readonly now: number; readonly requests: readonly PageRequest[] }
  | { readonly lane: 'writes'; readonly now: number; readonly transactions: PackedTransactions }
  | { readonly lane: 'upkeep'; readonly now: number; readonly requests: readonly UpkeepRequest[] };

/** How far what is stored of a table goes. */
export interface Extent {
  /** The last key by its bytes; empty: there is none. */
  readonly lastKey: string;
  /** When the last item ends, in epoch milliseconds; `-Infinity` where none does, or items may stay. */
  readonly lastEnd: number;
}

/** From the worker: the answers to one message of a lane, in the order of its requests. */
export type FromWorker =
  | { readonly lane: 'gets'; readonly items: PackedItems }
  | { readonly lane: 'pages'; readonly answers: readonly PageAnswer<PageRequest>[] }
  | { readonly lane: 'writes'; readonly answers: Float64Array }
  | { readonly lane: 'upkeep'; readonly answers: readonly UpkeepAnswer<UpkeepRequest>[] }
  /** With what is stored of each table. */
  | { readonly lane: 'opened'; readonly extents: readonly Extent[] }
  /** Nothing can be done any more. */
  | { readonly lane: 'failed'; readonly message: string };
