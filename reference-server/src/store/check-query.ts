import { checkName } from './check-name.ts';
import { limits } from './limits.ts';
import type { Query } from './store.ts';

/** Refuses a query that no driver may accept. */
export function checkQuery(query: Query, index: string): void {
  checkName(query.partition, 'partition', index);
  const { limit, from, to } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.pageItems) {
    throw new RangeError(`${index}: limit is ${limit}, expected 1 to ${limits.pageItems}`);
  }
  if (from !== undefined && to !== undefined && typeof from !== typeof to) {
    throw new TypeError(
      `${index}: from is a ${typeof from} and to is a ${typeof to}, expected the same type`,
    );
  }
  for (const bound of [from, to]) {
    if (typeof bound === 'number' && Number.isNaN(bound)) {
      throw new RangeError(`${index}: a bound of the query is not a number`);
    }
  }
}
