/**
 * What every driver refuses, so that a service that works on one driver works on all. The smallest common
 * ground: DynamoDB takes 100 writes and 4 MiB a transaction, 400 KiB an item (with its key and index
 * attributes), 1024 bytes a sort key, 20 indexes a table.
 */
export const limits = {
  /** Writes of one transaction. */
  writes: 100,
  /** Items of one page of a query. */
  pageItems: 1000,
  /** Indexes of one table. */
  indexes: 20,
  /** Bytes of UTF-8 in a key, in an index partition and in a sort value that is a string. */
  keyBytes: 1024,
  /** Bytes of UTF-8 in a value's JSON. */
  valueBytes: 384 * 1024,
  /** Bytes of UTF-8 in the JSON of all values of one transaction. */
  transactionBytes: 3 * 1024 * 1024,
} as const;
