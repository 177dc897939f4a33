import { checkName } from './check-name.ts';
import type { IndexEntry, IndexOf } from './table.ts';

/**
 * An item's entry in an index, checked.
 *
 * @param where - the index, as errors name it.
 */
export function indexEntry(
  indexOf: IndexOf<unknown>,
  value: unknown,
  key: string,
  where: string,
): IndexEntry | undefined {
  const entry = indexOf(value, key);
  if (entry === undefined) {
    return undefined;
  }
  const { partition, sort } = entry;
  if (typeof partition !== 'string') {
    throw new TypeError(`${where}: partition of "${key}" is a ${typeof partition}, expected a string`);
  }
  checkName(partition, 'partition', where);
  if (typeof sort === 'string') {
    checkName(sort, 'sort', where);
  } else if (!Number.isFinite(sort)) {
    throw new TypeError(`${where}: sort of "${key}" is ${sort}, expected a finite number or a string`);
  }
  return entry;
}
