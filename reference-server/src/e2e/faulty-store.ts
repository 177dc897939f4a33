import type { Store } from '../store/index.ts';

/** What goes wrong with an operation instead of its being done. */
export type Fault = (operation: 'get' | 'getMany' | 'query' | 'transact') => Promise<void>;

/** A store that something can be wrong with. */
export interface FaultyStore {
  readonly store: Store;
  /** Before each operation from now on; `undefined` for a store that works again. */
  fault: Fault | undefined;
}

/** The same store, which can be made to fail. */
export function faultyStore(store: Store): FaultyStore {
  const faulty: FaultyStore = {
    fault: undefined,
    store: {
      ...store,
      get: async (table, key) => {
        await faulty.fault?.('get');
        return store.get(table, key);
      },
      getMany: async (table, keys) => {
        await faulty.fault?.('getMany');
        return store.getMany(table, keys);
      },
      query: async (table, index, query) => {
        await faulty.fault?.('query');
        return store.query(table, index, query);
      },
      transact: async (writes) => {
        await faulty.fault?.('transact');
        return store.transact(writes);
      },
    },
  };
  return faulty;
}
