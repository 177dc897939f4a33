/**
 * Where an item appears in the indexes of its table: partition and sort of each index in turn, both `null`
 * where the item is left out.
 */
export type Place = readonly (number | string | null)[];

/** Whether an item appears in one index as before. */
export function samePlace(a: Place, b: Place, index: number): boolean {
  return a[2 * index] === b[2 * index] && a[2 * index + 1] === b[2 * index + 1];
}

/** In no index. */
export function nowhere(indexes: number): Place {
  return new Array<null>(2 * indexes).fill(null);
}
