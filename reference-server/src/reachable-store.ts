import { refuse } from '@traffic-tacos/server';
import { type Store, StoreUnavailable } from './store/index.ts';

/**
 * A store whose failure callers are told as UNAVAILABLE: it is no defect, and trying again, elsewhere or later, makes
 * sense. What has failed is in the log, not in the answer.
 */
export function reachableStore(store: Store): Store {
  return {
    ...store,
    get: (table, key) => store.get(table, key).catch(tell),
    getMany: (table, keys) => store.getMany(table, keys).catch(tell),
    query: (table, index, query) => store.query(table, index, query).catch(tell),
    transact: (writes) => store.transact(writes).catch(tell),
  };
}

function tell(error: unknown): never {
  throw error instanceof StoreUnavailable
    ? refuse('UNAVAILABLE', 'the data cannot be reached; try again later', [], { cause: error })
    : error;
}
