import type { Rate } from './gcra.ts';
import { randomHashKey, shortHash } from './short-hash.ts';

/** The entries of one kind, which do not mix with those of another. */
export interface Space {
  /** Two words that nobody knows, by which the hashes of its keys differ from those of another. */
  readonly mark: Int32Array;
  /** Nothing was ever counted in it. */
  isEmpty: boolean;
}

/**
 * When each caller may call next, for a bounded number of callers. An entry is the theoretical arrival time of the
 * generic cell rate algorithm; one whose time has passed says no more than no entry.
 */
export interface BucketTable {
  /** Entries whose time has not passed. Looks through the table. */
  size(now: number): number;
  /** Entries of their own that share the table's bound. */
  space(): Space;
  /** Counts a call. Milliseconds until it may come where it comes too early, and is not counted; otherwise 0. */
  take(space: Space, key: string, rate: Rate, now: number): number;
  /** What `take` would say. */
  wait(space: Space, key: string, rate: Rate, now: number): number;
}

/** Entries among which the one is chosen that has to make room. */
const WAYS = 8;

/**
 * An empty table. Most callers come once in a while, when their entry says nothing any more, so coming and leaving must
 * cost as little as staying: as in a processor's cache a key has its place in one small set, where it takes over the
 * entry that says least, the one with the earliest time. Keys are kept as 64 bits of a keyed hash: 16 bytes an entry,
 * nothing to collect, and nobody can choose keys that share an entry or a set. Nor has a key the same set in all spaces:
 * who is counted in many could push out their own entries.
 *
 * @param maxEntries - room for as many, from the start; a set may be full sooner
 */
export function createBucketTable(maxEntries: number): BucketTable {
  const ways = Math.min(WAYS, maxEntries);
  const sets = Math.floor(maxEntries / ways);
  const times = new Float64Array(sets * ways);
  /** The hash of each entry's key: two words. */
  const hashes = new Int32Array(2 * sets * ways);
  const hashKey = randomHashKey();
  const hash = new Int32Array(2);
  /** What was hashed last: callers are often counted in two spaces, one after the other. */
  let hashed: string | undefined;
  /** The entry that was found, or has to make room. */
  let slot = 0;

  /** Looks for an entry. Says whether there is one; `slot` is its own then, and otherwise the one to be taken over. */
  const find = ({ mark }: Space, key: string): boolean => {
    if (key !== hashed) {
      shortHash(hashKey, key, hash);
      hashed = key;
    }
    const low = (hash[0] as number) ^ (mark[0] as number);
    const high = (hash[1] as number) ^ (mark[1] as number);
    const first = ((low >>> 0) % sets) * ways;
    let earliest = Number.POSITIVE_INFINITY;
    for (let at = first; at < first + ways; at++) {
      if (hashes[2 * at] === low && hashes[2 * at + 1] === high) {
        slot = at;
        return true;
      }
      const time = times[at] as number;
      if (time < earliest) {
        earliest = time;
        slot = at;
      }
    }
    return false;
  };

  return {
    size: (now) => times.reduce((count, time) => (time > now ? count + 1 : count), 0),
    space: () => ({ mark: randomHashKey(), isEmpty: true }),
    wait: (space, key, rate, now) =>
      find(space, key) ? Math.max(0, (times[slot] as number) - now - rate.toleranceMs) : 0,
    take: (space, key, rate, now) => {
      if (!find(space, key)) {
        hashes[2 * slot] = (hash[0] as number) ^ (space.mark[0] as number);
        hashes[2 * slot + 1] = (hash[1] as number) ^ (space.mark[1] as number);
        times[slot] = now + rate.intervalMs;
        space.isEmpty = false;
        return 0;
      }
      const time = Math.max(times[slot] as number, now);
      const early = time - now - rate.toleranceMs;
      if (early > 0) {
        return early;
      }
      times[slot] = time + rate.intervalMs;
      return 0;
    },
  };
}
