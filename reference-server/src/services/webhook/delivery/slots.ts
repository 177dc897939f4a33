/** How many deliveries run at once. */
export interface SlotLimits {
  /** In all. */
  readonly total: number;
  /** To one receiver. */
  readonly perDestination: number;
  /** To all receivers together whose last try failed; each of them gets one. */
  readonly failing: number;
}

/** Counts what runs, so that receivers that are slow or dead leave room for the others. */
export interface Slots {
  /** How many more may begin for a receiver. */
  free(destination: string): number;
  take(destination: string): void;
  /** Ends one. @param result - what it says of the receiver; `undefined` when it says nothing. */
  give(destination: string, result: 'delivered' | 'failed' | undefined): void;
  /** Nothing waits for a receiver any more: nothing is known of it. */
  forget(destination: string): void;
  readonly running: number;
}

/** Slots that are all free. */
export function slots({ total, perDestination, failing }: SlotLimits): Slots {
  const running = new Map<string, number>();
  const failed = new Set<string>();
  let all = 0;
  let amongFailing = 0;
  /** Receivers whose running try was counted among the failing ones. */
  const counted = new Set<string>();
  return {
    free(destination) {
      const own = running.get(destination) ?? 0;
      if (failed.has(destination)) {
        return own === 0 ? Math.min(1, total - all, failing - amongFailing) : 0;
      }
      return Math.max(0, Math.min(perDestination - own, total - all));
    },
    take(destination) {
      running.set(destination, (running.get(destination) ?? 0) + 1);
      all++;
      if (failed.has(destination)) {
        counted.add(destination);
        amongFailing++;
      }
    },
    give(destination, result) {
      const left = (running.get(destination) ?? 1) - 1;
      if (left === 0) {
        running.delete(destination);
      } else {
        running.set(destination, left);
      }
      all--;
      if (counted.delete(destination)) {
        amongFailing--;
      }
      if (result === 'failed') {
        failed.add(destination);
      } else if (result === 'delivered') {
        failed.delete(destination);
      }
    },
    forget(destination) {
      failed.delete(destination);
    },
    get running() {
      return all;
    },
  };
}
