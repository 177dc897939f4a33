import type { ForgottenKeys } from './forgotten-keys.ts';
import { createKeyFilter } from './key-filter.ts';

/**
 * Creates {@link ForgottenKeys} for items which all end: their keys are remembered until they have been deleted.
 *
 * @param lastEnd - epoch milliseconds at which the last item in the file ends, `-Infinity` if there is none; until they have
 * been deleted, any key may exist
 */
export function createForgottenShortLived(lastEnd: number): ForgottenKeys {
  let deletedUntil = Number.NEGATIVE_INFINITY;
  const filter = createKeyFilter(lastEnd, () => deletedUntil);
  /** What had ended when it was taken note of, as by a clock that has gone back: the end of each. */
  const late = new Map<string, number>();
  return {
    mayHave: (key) => filter.mayHave(key) || late.has(key),
    add(key, end = Number.POSITIVE_INFINITY) {
      if (end > deletedUntil) {
        filter.add(key, end);
      } else {
        late.set(key, end);
      }
    },
    deleted(until) {
      deletedUntil = until;
      for (const [key, end] of late) {
        if (end <= until) {
          late.delete(key);
        }
      }
    },
  };
}
