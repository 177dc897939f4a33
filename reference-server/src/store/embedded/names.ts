// Names of tables and indexes are `[a-z][a-z0-9_]*`, so that a dot or a prefix keeps what is derived from them apart.

/** The SQL table of a table. */
export const sqlTable = (table: string): string => `"t_${table}"`;

/** The SQL index of an index. */
export const sqlIndex = (table: string, index: string): string => `"${table}.${index}"`;

/** The SQL index of the times at which items end. */
export const sqlExpiryIndex = (table: string): string => `"${table}..expires_at"`;

/** The column of an index's partitions. */
export const partitionColumn = (index: string): string => `"${index}.partition"`;

/** The column of an index's sort values. */
export const sortColumn = (index: string): string => `"${index}.sort"`;

/** The columns of a {@link Place}, in its order. */
export function placeColumns(indexes: readonly { readonly name: string }[]): string[] {
  return indexes.flatMap(({ name }) => [partitionColumn(name), sortColumn(name)]);
}
