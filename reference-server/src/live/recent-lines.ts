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
/** Longer ones are kept without their end. */
const MAX_LENGTH = 32_768;

/** A log of which nothing was written yet. */
export function recentLines(options: { readonly id: string; readonly kept?: number }): RecentLines {
  const { id, kept = KEPT } = options;
  const lines: string[] = [];
  let count = 0;
  return {
    id,
    add: (line) => {
      lines[count % kept] = line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}` : line;
      count++;
    },
    *before(number = count) {
      for (let at = Math.min(number, count) - 1; at >= Math.max(0, count - kept); at--) {
        const line = lines[at % kept];
        if (line !== undefined) {
          yield { number: at, line };
        }
      }
    },
  };
}
