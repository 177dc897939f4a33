/** Counts the streams that are open, by whose they are. */
export interface OpenStreams {
  size(): number;
  /** Counts one more under a key, unless there are as many as allowed. The result says whether it was counted. */
  open(call: object, key: string, most: number): boolean;
  /** Forgets a stream that was counted under whatever keys, and counts it no more: it may end before it is admitted. */
  close(call: object): void;
}

/** No streams. As many entries as there are open ones. */
export function createOpenStreams(): OpenStreams {
  const counts = new Map<string, number>();
  const keysOf = new Map<object, readonly string[]>();
  const ended = new WeakSet<object>();
  return {
    size() {
      return keysOf.size;
    },
    open: (call, key, most) => {
      const count = counts.get(key) ?? 0;
      if (count >= most || ended.has(call)) {
        return false;
      }
      counts.set(key, count + 1);
      keysOf.set(call, [...(keysOf.get(call) ?? []), key]);
      return true;
    },
    close: (call) => {
      for (const key of keysOf.get(call) ?? []) {
        const count = counts.get(key) ?? 0;
        if (count > 1) {
          counts.set(key, count - 1);
        } else {
          counts.delete(key);
        }
      }
      keysOf.delete(call);
      ended.add(call);
    },
  };
}
