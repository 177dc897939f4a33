import type { Entry, Feed, FollowOptions, Topic } from './feed.ts';

/** How a feed is bounded. */
export interface MemoryFeedOptions {
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Entries of a topic that are kept for those who come back. Default: 256. */
  readonly maxEntries?: number;
  /** Milliseconds for which a topic that nobody follows any more is kept. Default: 120,000. */
  readonly keepMs?: number;
  /** Topics kept that nobody follows any more; beyond it the one left longest is forgotten. Default: 10,000. */
  readonly maxKept?: number;
}

interface TopicState {
  readonly receivers: Set<(entry: Entry<unknown>) => void>;
  /** Oldest first. */
  readonly entries: Entry<unknown>[];
  /** Every entry with a greater number is among `entries`. */
  completeAfter: number;
  /** Since when nobody follows it. */
  leftAt: number;
}

/**
 * A feed within one process. Only topics that somebody follows, or followed a moment ago, are remembered. Numbers
 * begin with the time, so that those of an earlier process are known to be old.
 */
export function memoryFeed(options: MemoryFeedOptions): Feed {
  const { clock, maxEntries = 256, keepMs = 120_000, maxKept = 10_000 } = options;
  const topics = new Map<string, TopicState>();
  /** Topics nobody follows, those left longest first. */
  const kept = new Map<string, TopicState>();
  const hearers = new Map<string, Set<(value: unknown) => boolean>>();
  // Even numbers can be gone on from. A thousand a millisecond is more than is ever given out.
  let last = clock() * 1_000;

  const number = (): number => {
    last += 2;
    return last;
  };

  const forget = (name: string): void => {
    kept.delete(name);
    topics.delete(name);
  };

  const forgetOld = (): void => {
    const oldest = clock() - keepMs;
    for (const [name, state] of kept) {
      if (state.leftAt > oldest && kept.size <= maxKept) {
        break;
      }
      forget(name);
    }
  };

  const stateOf = (name: string): TopicState => {
    let state = topics.get(name);
    if (state === undefined) {
      state = { receivers: new Set(), entries: [], completeAfter: number(), leftAt: 0 };
      topics.set(name, state);
    }
    kept.delete(name);
    return state;
  };

  const leave = (name: string, receive: (entry: Entry<unknown>) => void): void => {
    const state = topics.get(name);
    if (state?.receivers.delete(receive) && state.receivers.size === 0) {
      state.leftAt = clock();
      kept.set(name, state);
      forgetOld();
    }
  };

  return {
    publish<T>({ name }: Topic<T>, make: () => T): void {
      const state = topics.get(name);
      if (state === undefined) {
        return;
      }
      if (state.receivers.size === 0 && state.leftAt <= clock() - keepMs) {
        forget(name);
        return;
      }
      const entry = { number: number(), value: make() };
      state.entries.push(entry);
      if (state.entries.length > maxEntries) {
        state.completeAfter = (state.entries.shift() as Entry<unknown>).number;
      }
      for (const receive of state.receivers) {
        receive(entry);
      }
    },

    async follow<T>(followed: readonly Topic<T>[], { after, receive }: FollowOptions<T>) {
      const names = [...new Set(followed.map(({ name }) => name))];
      forgetOld();
      const states = names.map(stateOf);
      const receiver = receive as (entry: Entry<unknown>) => void;
      const knows = (state: TopicState): boolean =>
        after !== undefined && after % 2 === 0 && after >= state.completeAfter && after <= last;
      const missed = states.every(knows)
        ? states
            .flatMap(({ entries }) => entries.filter((entry) => entry.number > (after ?? 0)))
            .sort((a, b) => a.number - b.number)
        : undefined;
      for (const state of states) {
        state.receivers.add(receiver);
      }
      return {
        missed: missed as readonly Entry<T>[] | undefined,
        close: () => {
          for (const name of names) {
            leave(name, receiver);
          }
        },
      };
    },

    async tell<T>({ name }: Topic<T>, value: T) {
      let taken = 0;
      for (const receive of hearers.get(name) ?? []) {
        taken += receive(value) ? 1 : 0;
      }
      return taken;
    },

    hearers: async ({ name }) => hearers.get(name)?.size ?? 0,

    hear<T>({ name }: Topic<T>, receive: (value: T) => boolean) {
      const receiver = (value: unknown) => receive(value as T);
      const all = hearers.get(name) ?? new Set();
      hearers.set(name, all.add(receiver));
      return () => {
        if (all.delete(receiver) && all.size === 0) {
          hearers.delete(name);
        }
      };
    },

    number,
    unfinishedNumber: () => number() + 1,
  };
}
