import type { Store } from '../store/index.ts';

/** An operation that was stopped on its way to the store. */
export interface HeldUp {
  /** Resolves when the operation has come as far as the store. */
  readonly reached: Promise<void>;
  readonly goOn: () => void;
}

/** A store whose operations can be stopped on their way, to let others overtake them. */
export interface HeldUpStore {
  readonly store: Store;
  /** Stops the next operation that touches the item, or any item of the table where no key is given. */
  readonly holdUp: (operation: 'get' | 'getMany' | 'transact', table: string, key?: string) => HeldUp;
}

/** The same store, with operations that can be held up. */
export function heldUpStore(store: Store): HeldUpStore {
  const barriers: { prefix: string; arrived: () => void; open: Promise<void> }[] = [];

  const pass = async (names: readonly string[]): Promise<void> => {
    const at = barriers.findIndex(({ prefix }) => names.some((name) => name.startsWith(prefix)));
    const [barrier] = at < 0 ? [] : barriers.splice(at, 1);
    barrier?.arrived();
    await barrier?.open;
  };

  return {
    store: {
      ...store,
      async get(table, key) {
        await pass([`get ${table.name}/${key}\n`]);
        return store.get(table, key);
      },
      async getMany(table, keys) {
        await pass(keys.map((key) => `getMany ${table.name}/${key}\n`));
        return store.getMany(table, keys);
      },
      async transact(writes) {
        await pass(writes.map(({ table, key }) => `transact ${table.name}/${key}\n`));
        return store.transact(writes);
      },
    },
    holdUp(operation, table, key) {
      const arrival = Promise.withResolvers<void>();
      const opening = Promise.withResolvers<void>();
      barriers.push({
        prefix: `${operation} ${table}/${key === undefined ? '' : `${key}\n`}`,
        arrived: arrival.resolve,
        open: opening.promise,
      });
      return { reached: arrival.promise, goOn: opening.resolve };
    },
  };
}
