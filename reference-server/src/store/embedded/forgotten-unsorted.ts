import { type ForgottenKeys, sortsAsInFile } from './forgotten-keys.ts';
import { createKeyFilter } from './key-filter.ts';

/** Keys in no order at most, some eight megabytes of them: with one more, all of them may exist. */
const MAX_UNSORTED = 1 << 22;

/**
 * Creates {@link ForgottenKeys} for keys that come in no order: each of them is remembered.
 *
 * @param lastStored - the last key in the file when nothing is remembered; empty: none. All up to it may exist.
 * @param max - keys that are remembered at most
 */
export function createForgottenUnsorted(lastStored: string, max = MAX_UNSORTED): ForgottenKeys {
  const all = !sortsAsInFile(lastStored);
  let left = max;
  let filter = createKeyFilter(Number.NEGATIVE_INFINITY, () => 0);
  return {
    mayHave: (key) => all || key <= lastStored || filter.mayHave(key),
    add(key) {
      if (all || key <= lastStored || left < 0 || !filter.addNew(key, Number.POSITIVE_INFINITY)) {
        return;
      }
      left--;
      if (left < 0) {
        filter = createKeyFilter(Number.POSITIVE_INFINITY, () => 0);
      }
    },
  };
}
