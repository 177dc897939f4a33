/**
 * Which keys of a table may have items that are not remembered. What is written is remembered for a while, so keys that are
 * surely not among these are known to be new without a look at the file. It errs on one side only.
 */
export interface ForgottenKeys {
  /** Something is not remembered any more. @param end - epoch milliseconds from which it may be deleted; default: never */
  add(key: string, end?: number): void;
  /** `false` only where an item of this key is remembered, or there is none. */
  mayHave(key: string): boolean;
  /** All that was there, and whose end had come by then, has been deleted, in epoch milliseconds. */
  deleted?(until: number): void;
}

/** Marks at most: with one more, all of them become one, below which everything may exist. */
const MAX_MARKS = 1000;

const ASCII = /^[\0-\x7f]*$/;

/** Whether the bytes of UTF-8, by which a file sorts, and JavaScript, by UTF-16 units, agree about what comes after a key. */
export const sortsAsInFile = (key: string): boolean => ASCII.test(key);

/**
 * Creates {@link ForgottenKeys} for keys that sort by when they were made: all up to a mark may exist, one of its own for
 * those that agree up to their last slash. A single late key has all before it looked for in the file, as they would be
 * without this.
 *
 * @param lastStored - the last key in the file when nothing is remembered; empty: none
 */
export function createForgottenKeys(lastStored: string): ForgottenKeys {
  const all = !sortsAsInFile(lastStored);
  let last = lastStored;
  /** By what keys begin with. */
  const marks = new Map<string, string>();
  return {
    add(key) {
      if (key <= last) {
        return;
      }
      const beginning = beginningOf(key);
      const mark = marks.get(beginning);
      if (mark === undefined && marks.size === MAX_MARKS) {
        last = key;
        for (const one of marks.values()) {
          if (one > last) {
            last = one;
          }
        }
        marks.clear();
      } else if (mark === undefined || key > mark) {
        marks.set(beginning, key);
      }
    },
    mayHave: (key) => {
      if (all || key <= last) {
        return true;
      }
      const mark = marks.get(beginningOf(key));
      return mark !== undefined && key <= mark;
    },
  };
}

function beginningOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}
