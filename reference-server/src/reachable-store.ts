import { refuse } from '@traffic-tacos/server';
import { type Store, StoreUnavailable } from './store/index.ts';

/**
 * A store whose failure callers are told as UNAVAILABLE: it is no defect, and trying again, elsewhere or later, makes
 * sense. What has failed is in the log, not in the answer.
 */
export function reachableStore(store: Store): Store {
  const telling = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw error instanceof StoreUnavailable
        ? refuse('UNAVAILABLE', 'the data cannot be reached; try again later', [], { cause: error })
        : error;
    }
  };
  return {
    ...store,
    get: (table, key) => telling(store.get(table, key)),
    getMany: (table, keys) => telling(store.getMany(table, keys)),
    query: (table, index, query) => telling(store.query(table, index, query)),
    transact: (writes) => telling(store.transact(writes)),
  };
}
