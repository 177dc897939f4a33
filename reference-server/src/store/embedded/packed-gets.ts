import type { StoredItem } from './messages.ts';

/** Items of one table to look up by their keys. */
export interface Get {
  /** Position in the list of tables. */
  readonly table: number;
  readonly keys: readonly string[];
}

/** What is found, in the order of the keys. */
export type Got = readonly (StoredItem | undefined)[];

/** The look-ups of one message, flattened as {@link PackedTransactions} are. */
export interface PackedGets {
  readonly keys: readonly string[];
  /** For each look-up its table and how many of the keys are its own. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** What was found for the keys of one message, one after the other. */
export interface PackedItems {
  /** JSON; `null` when there is no item. */
  readonly jsons: readonly (string | null)[];
  /** For each key version and end of life; 0 and `Infinity` when there is none. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** Flattens look-ups for a message. */
export function packGets(gets: readonly Get[]): PackedGets {
  const keys: string[] = [];
  const numbers = new Float64Array(2 * gets.length);
  for (const [at, get] of gets.entries()) {
    numbers[2 * at] = get.table;
    numbers[2 * at + 1] = get.keys.length;
    for (const key of get.keys) {
      keys.push(key);
    }
  }
  return { keys, numbers };
}

/**
 * Answers the look-ups of a message.
 *
 * @param find - looks up one item.
 */
export function answerGets(
  { keys, numbers }: PackedGets,
  find: (table: number, key: string) => FoundItem | undefined,
): PackedItems {
  const jsons: (string | null)[] = [];
  const found = new Float64Array(2 * keys.length);
  let next = 0;
  for (let at = 0; at < numbers.length; at += 2) {
    const table = numbers[at] ?? -1;
    for (const end = next + (numbers[at + 1] ?? 0); next < end; next++) {
      const item = find(table, keys[next] ?? '');
      jsons.push(item === undefined ? null : item[0]);
      found[2 * next] = item === undefined ? 0 : item[1];
      found[2 * next + 1] = item?.[2] ?? Number.POSITIVE_INFINITY;
    }
  }
  return { jsons, numbers: found };
}

/** JSON of the value, version, end of life (`null`: none). */
export type FoundItem = readonly [json: string, version: number, expiresAt: number | null];

/** The answers to the look-ups of a message. */
export function unpackItems(gets: readonly Get[], { jsons, numbers }: PackedItems): readonly Got[] {
  let next = 0;
  return gets.map(({ keys }) =>
    keys.map((key): StoredItem | undefined => {
      const at = next++;
      const json = jsons[at];
      const expiresAt = numbers[2 * at + 1] ?? Number.POSITIVE_INFINITY;
      return typeof json === 'string'
        ? [key, json, numbers[2 * at] ?? 0, expiresAt === Number.POSITIVE_INFINITY ? null : expiresAt]
        : undefined;
    }),
  );
}
