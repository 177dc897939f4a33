import type { Rate } from './gcra.ts';

/** The entries of one kind, each under its key. */
export type Space = Map<string, number>;

/**
 * When each caller may call next, for a bounded number of callers. An entry is the theoretical arrival time of the
 * generic cell rate algorithm; one whose time has passed says no more than no entry, and goes first.
 */
export interface BucketTable {
  readonly size: number;
  /** Entries that do not mix with those of another space, but share the table's bound. */
  space(): Space;
  /** Counts a call. Milliseconds until it may come where it comes too early, and is not counted; otherwise 0. */
  take(space: Space, key: string, rate: Rate, now: number): number;
  /** What `take` would say. */
  wait(space: Space, key: string, rate: Rate, now: number): number;
}

/**
 * Passed entries that leave for each one that comes, once the table is fuller than this: those who keep calling find
 * their entry where it was, and memory is that of the callers of the moment.
 */
const REAPED = 2;
const REAPED_FROM = 1 / 4;
/** Entries whose place in the order is put right when one has to leave; what is beyond waits for the next time. */
const SETTLED = 64;

/**
 * An empty table. Its arrival times only ever grow, so the order in which entries leave is kept lazily: a heap over the
 * times they had when they were last looked at, which costs the counting itself nothing.
 *
 * @param maxEntries - beyond it the entry that says least leaves: the one with the earliest time
 */
export function createBucketTable(maxEntries: number): BucketTable {
  const times: number[] = [];
  const keys: string[] = [];
  const spaces: Space[] = [];
  const free: number[] = [];
  /** Slots, the earliest time first. */
  const heap: number[] = [];
  /** The time by which a slot stands in the heap; never later than its true one. */
  const seen: number[] = [];
  const nobody: Space = new Map();

  const timeIn = (list: readonly number[], slot: number | undefined): number =>
    slot === undefined ? Number.POSITIVE_INFINITY : (list[slot] ?? Number.POSITIVE_INFINITY);

  const siftDown = (from: number): void => {
    const slot = heap[from];
    if (slot === undefined) {
      return;
    }
    const time = timeIn(seen, slot);
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const child = timeIn(seen, heap[left + 1]) < timeIn(seen, heap[left]) ? left + 1 : left;
      const below = heap[child];
      if (below === undefined || timeIn(seen, below) >= time) {
        break;
      }
      heap[at] = below;
      at = child;
    }
    heap[at] = slot;
  };

  const siftUp = (from: number, slot: number): void => {
    const time = timeIn(seen, slot);
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || timeIn(seen, above) <= time) {
        break;
      }
      heap[at] = above;
      at = parent;
    }
    heap[at] = slot;
  };

  /** Puts the first slot where its true time belongs. Says whether it was there already. */
  const settle = (slot: number): boolean => {
    const time = timeIn(times, slot);
    if (seen[slot] === time) {
      return true;
    }
    seen[slot] = time;
    siftDown(0);
    return false;
  };

  const removeFirst = (slot: number): void => {
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) {
      heap[0] = last;
      siftDown(0);
    }
    spaces[slot]?.delete(keys[slot] ?? '');
    spaces[slot] = nobody;
    keys[slot] = '';
    free.push(slot);
  };

  const reap = (now: number): void => {
    for (let count = 0; count < REAPED && heap.length >= maxEntries * REAPED_FROM; count++) {
      const first = heap[0];
      if (first === undefined || timeIn(seen, first) > now) {
        return;
      }
      if (settle(first)) {
        removeFirst(first);
      }
    }
  };

  const evict = (): void => {
    for (let count = 0; count < SETTLED; count++) {
      const first = heap[0];
      if (first === undefined || settle(first)) {
        break;
      }
    }
    const first = heap[0];
    if (first !== undefined) {
      removeFirst(first);
    }
  };

  const insert = (space: Space, key: string, time: number, now: number): void => {
    reap(now);
    if (heap.length >= maxEntries) {
      evict();
    }
    const slot = free.pop() ?? times.length;
    const own = ownCopy(key);
    times[slot] = time;
    seen[slot] = time;
    keys[slot] = own;
    spaces[slot] = space;
    space.set(own, slot);
    heap.push(slot);
    siftUp(heap.length - 1, slot);
  };

  const wait = (space: Space, key: string, rate: Rate, now: number): number => {
    const slot = space.get(key);
    return slot === undefined ? 0 : Math.max(0, timeIn(times, slot) - now - rate.toleranceMs);
  };

  return {
    get size() {
      return heap.length;
    },
    space: () => new Map(),
    wait,
    take: (space, key, rate, now) => {
      const slot = space.get(key);
      if (slot === undefined) {
        insert(space, key, now + rate.intervalMs, now);
        return 0;
      }
      const time = Math.max(timeIn(times, slot), now);
      const early = time - now - rate.toleranceMs;
      if (early > 0) {
        return early;
      }
      times[slot] = time + rate.intervalMs;
      return 0;
    },
  };
}

/** A part of a longer string would keep the whole of it. */
function ownCopy(text: string): string {
  const copy = Buffer.from(text, 'latin1').toString('latin1');
  return copy === text ? copy : Buffer.from(text, 'utf16le').toString('utf16le');
}
