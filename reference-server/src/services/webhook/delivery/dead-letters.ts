import { type Delivery, replayed } from '../../../domain/webhook/index.ts';
import { ConditionFailed, put, type Store } from '../../../store/index.ts';
import { deliveryTable } from '../tables.ts';
import { announce } from './enqueue.ts';

/** Deliveries that were given up. They can be replayed for thirty days. */
export interface DeadLetters {
  /** One page of them, those that were given up first in front. */
  list(options?: { readonly limit?: number; readonly cursor?: string }): Promise<{
    readonly items: readonly Delivery[];
    readonly cursor: string | undefined;
  }>;
  /** How many there are, counted up to 1000. */
  count(): Promise<number>;
  /** Delivers one anew, with all its tries. @returns whether there was one of that id. */
  replay(id: string): Promise<boolean>;
  /** Delivers all of them anew, or those for one receiver. @returns how many there were. */
  replayAll(filter?: { readonly destination?: string }): Promise<number>;
}

/** Dead letters of one page. */
const PAGE = 100;

/** Dead letters that are counted at most. */
const MOST_COUNTED = 1_000;

/** The dead letters of a store. */
export function deadLetters(store: Store, clock: () => number): DeadLetters {
  const read = (limit: number, cursor: string | undefined, to?: number) =>
    store.query(deliveryTable, 'dead', {
      partition: 'all',
      limit,
      ...(to !== undefined && { to }),
      ...(cursor !== undefined && { cursor }),
    });
  const replay = async (id: string): Promise<boolean> => {
    const item = await store.get(deliveryTable, id);
    if (item?.value.state !== 'DEAD') {
      return false;
    }
    const now = clock();
    const again = replayed(item.value, now);
    try {
      await store.transact([
        put(deliveryTable, id, again, { if: { version: item.version } }),
        announce(again.destination, now),
      ]);
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) {
        return false;
      }
      throw error;
    }
  };
  return {
    async list({ limit = PAGE, cursor } = {}) {
      const page = await read(limit, cursor);
      return { items: page.items.map(({ value }) => value), cursor: page.cursor };
    },
    count: async () => (await read(MOST_COUNTED, undefined)).items.length,
    replay,
    async replayAll({ destination } = {}) {
      // What is given up again meanwhile has to be asked for again.
      const until = clock();
      let count = 0;
      let cursor: string | undefined;
      do {
        const page = await read(PAGE, cursor, until);
        const wanted = page.items.filter(
          ({ value }) => destination === undefined || value.destination === destination,
        );
        const done = await Promise.all(wanted.map(({ key }) => replay(key)));
        count += done.filter(Boolean).length;
        cursor = page.cursor;
      } while (cursor !== undefined);
      return count;
    },
  };
}
