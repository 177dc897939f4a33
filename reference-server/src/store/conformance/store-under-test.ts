import { afterAll, beforeAll } from 'vitest';
import type { Store } from '../store.ts';
import type { Table } from '../table.ts';
import { conformanceTables } from './tables.ts';

/** Opens an empty store. */
export type OpenStore = (options: {
  readonly tables: readonly Table<never>[];
  readonly clock: () => number;
}) => Promise<Store>;

/** The store of a group of tests, with a clock that stands still until it is moved. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly now: () => number;
  readonly advance: (milliseconds: number) => void;
  /** A name that no other test of the group has used: tests share the store, not its items. */
  readonly fresh: (name?: string) => string;
}

/** Opens a store before the tests of the current group and closes it after them. */
export function storeUnderTest(open: OpenStore): () => StoreUnderTest {
  let current: StoreUnderTest | undefined;
  beforeAll(async () => {
    let now = Date.UTC(2026, 0, 1);
    let names = 0;
    current = {
      store: await open({ tables: conformanceTables, clock: () => now }),
      now: () => now,
      advance(milliseconds) {
        now += milliseconds;
      },
      fresh: (name = 'item') => `${name}-${names++}`,
    };
  });
  afterAll(() => current?.store.close());
  return () => {
    if (current === undefined) {
      throw new Error('the store is only there while tests run');
    }
    return current;
  };
}
