import { type Store, StoreUnavailable } from '../store/index.ts';

/** A store that a process loses at a chosen moment, as it loses everything when it is killed. */
export interface DyingStore {
  readonly store: Store;
  /**
   * Has it die with a transaction: `before` it is written, or `after`, when nobody hears of it any more.
   *
   * @param transactions How many go through first.
   */
  readonly dieAfter: (transactions: number, moment: 'before' | 'after') => void;
  /** Whether it has died. */
  readonly hasDied: () => boolean;
  /** Lets it work again. @returns whether it had died. */
  readonly revive: () => boolean;
}

/** The same store, which can be made to die. */
export function dyingStore(store: Store): DyingStore {
  let left = Number.POSITIVE_INFINITY;
  let moment: 'before' | 'after' = 'before';
  let dead = false;

  const alive = <T>(work: () => Promise<T>): Promise<T> =>
    dead ? Promise.reject(new StoreUnavailable('the process was killed')) : work();

  return {
    store: {
      ...store,
      get: (table, key) => alive(() => store.get(table, key)),
      getMany: (table, keys) => alive(() => store.getMany(table, keys)),
      query: (table, index, query) => alive(() => store.query(table, index, query)),
      transact: (writes) =>
        alive(async () => {
          const last = left-- === 0;
          dead ||= last;
          if (!last || moment === 'after') {
            const done = await store.transact(writes);
            if (!dead) {
              return done;
            }
          }
          throw new StoreUnavailable('the process was killed');
        }),
    },
    dieAfter(transactions, when) {
      left = transactions;
      moment = when;
    },
    hasDied: () => dead,
    revive() {
      const died = dead;
      dead = false;
      left = Number.POSITIVE_INFINITY;
      return died;
    },
  };
}
