import type { Item, Store, Table, Write } from '../store/index.ts';
import { causeOfNow } from './cause.ts';

/** What is told of a record that has changed. */
export interface Announcement {
  readonly table: string;
  /** @param traceId - of the call that changed it; empty where none did */
  readonly announce: (item: Item<unknown>, traceId: string) => void;
}

/** Has something told of every record of a table that is written. */
export function announcement<T>(
  table: Table<T>,
  announce: (item: Item<T>, traceId: string) => void,
): Announcement {
  return { table: table.name, announce: (item, traceId) => announce(item as Item<T>, traceId) };
}

/**
 * A store that announces what was written, after it is durable. It is the one place that knows of every change, so
 * that no service can forget to tell of one.
 */
export function announcingStore(store: Store, announcements: readonly Announcement[]): Store {
  const byTable = new Map(announcements.map(({ table, announce }) => [table, announce]));
  return {
    ...store,
    transact(writes) {
      const told = writes.filter((write) => write.kind === 'put' && byTable.has(write.table.name));
      const done = store.transact(writes);
      if (told.length === 0) {
        return done;
      }
      const traceId = causeOfNow();
      return done.then((result) => {
        for (const { table, key, value, expiresAt } of told as Extract<Write, { kind: 'put' }>[]) {
          const end = expiresAt === undefined ? {} : { expiresAt };
          byTable.get(table.name)?.({ key, value, version: result.version, ...end }, traceId);
        }
        return result;
      });
    },
  };
}
