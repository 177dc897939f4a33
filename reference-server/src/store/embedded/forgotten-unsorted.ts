import { type ForgottenKeys, sortsAsInFile } from './forgotten-keys.ts';
import { createKeyFilter } from './key-filter.ts';

/** Keys in no order at most, which take two bytes each: with one more, all of them may exist. */
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
  const mayHave = (key: string): boolean => all || key <= lastStored || filter.mayHave(key);
  return {
    mayHave,
    add(key) {
      if (mayHave(key)) {
        return;
      }
      if (left > 0) {
        left--;
        filter.add(key, Number.POSITIVE_INFINITY);
      } else {
        filter = createKeyFilter(Number.POSITIVE_INFINITY, () => 0);
      }
    },
  };
}
