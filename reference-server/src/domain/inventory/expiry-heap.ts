/** Seats by the time their hold lapses, earliest first. */
export interface ExpiryHeap {
  push(expiresAt: number, seat: number): void;
  /** Removes and returns a seat whose time has come, or `undefined` when none has. */
  popDue(now: number): number | undefined;
}

/** An empty heap. */
export function expiryHeap(): ExpiryHeap {
  const times: number[] = [];
  const seats: number[] = [];

  const swap = (a: number, b: number): void => {
    const time = times[a] as number;
    const seat = seats[a] as number;
    times[a] = times[b] as number;
    seats[a] = seats[b] as number;
    times[b] = time;
    seats[b] = seat;
  };

  return {
    push(expiresAt, seat) {
      let at = times.length;
      times.push(expiresAt);
      seats.push(seat);
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
      const seat = seats[0];
      const lastTime = times.pop() as number;
      const lastSeat = seats.pop() as number;
      if (times.length > 0) {
        times[0] = lastTime;
        seats[0] = lastSeat;
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
      return seat;
    },
  };
}
