import type { DeclaredTable } from './declared-tables.ts';
import { decodeValue } from './decode-value.ts';
import type { WorkerLink } from './worker-link.ts';

/** How far the filling of a table's indexes has come. */
export interface IndexProgress {
  readonly table: string;
  /** Names of the indexes that are being filled. */
  readonly indexes: readonly string[];
  /** Items done, of `total`. */
  readonly done: number;
  readonly total: number;
}

/** Items of one commit. */
const PAGE = 1000;

/**
 * Fills the indexes that are new or whose definition has changed. Interrupted, it starts again at the next opening.
 *
 * @param report - called after every thousand items.
 */
export async function fillIndexes(
  link: WorkerLink,
  tables: readonly DeclaredTable[],
  report: (progress: IndexProgress) => void,
): Promise<void> {
  for (const { table: position, indexes, items: total } of await link.maintain({ kind: 'outdated' })) {
    const table = tables[position];
    if (table === undefined) {
      continue;
    }
    const names = indexes.map((index) => table.shape.indexes[index]?.name ?? '');
    let after = 0;
    let done = 0;
    for (let more = true; more; ) {
      const items = await link.maintain({ kind: 'outdatedItems', table: position, after, limit: PAGE });
      const rows = items.map(([id, key, json]) => {
        const place = table.placeOf(decodeValue(json, `${table.shape.name}/${key}`), key);
        return [...indexes.flatMap((index) => [place[2 * index] ?? null, place[2 * index + 1] ?? null]), id];
      });
      await link.maintain({ kind: 'place', table: position, rows });
      after = items.at(-1)?.[0] ?? after;
      done += items.length;
      more = items.length === PAGE;
      report({ table: table.shape.name, indexes: names, done, total });
    }
    await link.maintain({ kind: 'placed', table: position });
  }
}
