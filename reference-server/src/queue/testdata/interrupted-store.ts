import type { Store } from '../../store/index.ts';

/** A store whose transactions can be stopped. */
export interface InterruptedStore extends Store {
  /** Transactions that are let through from now on; the ones after fail, as if the process had died. */
  dieAfter(transactions: number): void;
  /** Holds transactions back until the function that is returned is called. */
  hold(): () => void;
  /** Transactions that were asked for. */
  readonly asked: number;
}

/** What a transaction of a process that has died fails with. */
export const died = new Error('the process has died');

/** Stops transactions on their way to a store. Reads go on. */
export function interruptedStore(store: Store): InterruptedStore {
  let left = Number.POSITIVE_INFINITY;
  let gate: Promise<void> = Promise.resolve();
  let asked = 0;
  return {
    ...store,
    async transact(writes) {
      asked++;
      if (left <= 0) {
        throw died;
      }
      left--;
      await gate;
      return store.transact(writes);
    },
    dieAfter(transactions) {
      left = transactions;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    get asked() {
      return asked;
    },
  };
}
