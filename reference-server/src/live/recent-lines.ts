/** The latest lines of a log, for those who look for something in it. */
export interface RecentLines {
  /** Keeps a line. On the path of every call: nothing is looked at. */
  readonly add: (line: string) => void;
  /** The lines before a number, newest first; those of the present without one. A line's number never changes. */
  before(number?: number): Iterable<{ readonly number: number; readonly line: string }>;
  /** Tells this log from that of another run of the server. */
  readonly id: string;
}

/** Lines that are kept; about 10 MB of the usual ones. */
const KEPT = 20_000;
/** Characters that are kept of all lines together, however long they are. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/** A log of which nothing was written yet. */
export function recentLines(options: {
  readonly id: string;
  readonly kept?: number;
  readonly maxCharacters?: number;
}): RecentLines {
  const { id, kept = KEPT, maxCharacters = MAX_CHARACTERS } = options;
  const lines: string[] = [];
  /** The numbers of the oldest line that is kept, and of the next one. */
  let first = 0;
  let count = 0;
  let characters = 0;

  const forgetFirst = (): void => {
    characters -= lines[first % kept]?.length ?? 0;
    lines[first % kept] = '';
    first++;
  };

  return {
    id,
    add: (line) => {
      if (count - first === kept) {
        forgetFirst();
      }
      lines[count % kept] = line;
      characters += line.length;
      count++;
      while (characters > maxCharacters && count - first > 1) {
        forgetFirst();
      }
    },
    *before(number = count) {
      for (let at = Math.min(number, count) - 1; at >= first; at--) {
        const line = lines[at % kept];
        if (line !== undefined) {
          yield { number: at, line };
        }
      }
    },
  };
}
