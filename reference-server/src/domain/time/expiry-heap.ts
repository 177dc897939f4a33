/** Numbered things by the time they lapse, earliest first. */
export interface ExpiryHeap {
  push(expiresAt: number, id: number): void;
  /** Removes and returns one whose time has come, or `undefined` when none has. */
  popDue(now: number): number | undefined;
  /** The earliest time at which one lapses; `Infinity` when there is none. */
  next(): number;
}

/** An empty heap. */
export function expiryHeap(): ExpiryHeap {
  const times: number[] = [];
  const ids: number[] = [];

  const swap = (a: number, b: number): void => {
    const time = times[a] as number;
    const id = ids[a] as number;
    times[a] = times[b] as number;
    ids[a] = ids[b] as number;
    times[b] = time;
    ids[b] = id;
  };

  return {
    push(expiresAt, id) {
      let at = times.length;
      times.push(expiresAt);
      ids.push(id);
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if ((times[parent] as number) <= expiresAt) {
          break;
        }
        swap(at, parent);
        at = parent;
      }
    },
    popDue(now) {
      const first = times[0];
      if (first === undefined || first > now) {
        return undefined;
      }
      const id = ids[0];
      const lastTime = times.pop() as number;
      const lastSeat = ids.pop() as number;
      if (times.length > 0) {
        times[0] = lastTime;
        ids[0] = lastSeat;
        for (let at = 0; ; ) {
          const left = 2 * at + 1;
          const right = left + 1;
          let least = at;
          if (left < times.length && (times[left] as number) < (times[least] as number)) {
            least = left;
          }
          if (right < times.length && (times[right] as number) < (times[least] as number)) {
            least = right;
          }
          if (least === at) {
            break;
          }
          swap(at, least);
          at = least;
        }
      }
      return id;
    },
    next: () => times[0] ?? Number.POSITIVE_INFINITY,
  };
}
