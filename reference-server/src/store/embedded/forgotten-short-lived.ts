import type { ForgottenKeys } from './forgotten-keys.ts';
import { createKeyFilter } from './key-filter.ts';

/**
 * Creates {@link ForgottenKeys} for items which all end: their keys are remembered until they have been deleted.
 *
 * @param lastEnd - epoch milliseconds at which the last item in the file ends, 0 if there is none; until they have been
 * deleted, any key may exist
 */
export function createForgottenShortLived(lastEnd: number): ForgottenKeys {
  let deletedUntil = Number.NEGATIVE_INFINITY;
  const filter = createKeyFilter(lastEnd === 0 ? Number.NEGATIVE_INFINITY : lastEnd, () => deletedUntil);
  return {
    mayHave: filter.mayHave,
    // What has ended before that was written since, by a clock that has gone back: nobody knows when it is deleted.
    add: (key, end = Number.POSITIVE_INFINITY) =>
      filter.add(key, end > deletedUntil ? end : Number.POSITIVE_INFINITY),
    deleted(until) {
      deletedUntil = until;
    },
  };
}
