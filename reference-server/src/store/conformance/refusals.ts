import { expect, test } from 'vitest';
import { InvalidCursor } from '../invalid-cursor.ts';
import { limits } from '../limits.ts';
import { StoreUnavailable } from '../store-unavailable.ts';
import { table } from '../table.ts';
import { check, put, remove } from '../write.ts';
import { type OpenStore, storeUnderTest } from './store-under-test.ts';
import { conformanceTables, records, ticket, tickets } from './tables.ts';

/** Calls that are refused, with nothing written. */
export function refusalTests(open: OpenStore): void {
  const using = storeUnderTest(open);

  test('no writes, and more than a hundred', async () => {
    const { store, fresh } = using();
    await expect(store.transact([])).rejects.toThrow(RangeError);
    const keys = Array.from({ length: 101 }, () => fresh());
    await expect(store.transact(keys.map((key) => put(records, key, 1)))).rejects.toThrow('1 to 100 writes');
    expect(await store.getMany(records, keys)).toStrictEqual(keys.map(() => undefined));
  });

  test.each([2, 20])('two writes on one item, among %i', async (count) => {
    const { store, fresh } = using();
    const twice = fresh();
    const others = Array.from({ length: count - 2 }, () => put(records, fresh(), 1));
    for (const second of [put(records, twice, 2), remove(records, twice), check(records, twice, 'absent')]) {
      await expect(store.transact([put(records, twice, 1), ...others, second])).rejects.toThrow(
        `record/${twice}`,
      );
    }
    expect(await store.get(records, twice)).toBeUndefined();
  });

  test('a table that the store was not opened with', async () => {
    const { store, fresh } = using();
    const unknown = table<number>('unknown');
    await expect(store.transact([put(unknown, fresh(), 1)])).rejects.toThrow('"unknown"');
    await expect(store.get(unknown, fresh())).rejects.toThrow('"unknown"');
    await expect(store.getMany(unknown, [])).rejects.toThrow('"unknown"');
  });

  test('an index that the table does not have', async () => {
    const { store } = using();
    const loose = tickets as unknown as typeof records & { indexes: { nothing: () => undefined } };
    await expect(store.query(loose, 'nothing', { partition: 'a', limit: 1 })).rejects.toThrow('"nothing"');
  });

  test('keys that a driver could not keep', async () => {
    const { store } = using();
    await expect(store.transact([put(records, '', 1)])).rejects.toThrow('record: key is empty');
    await expect(store.transact([remove(records, 'a\udc00')])).rejects.toThrow('surrogate');
    const longest = '席'.repeat(Math.floor(limits.keyBytes / 3));
    await store.transact([put(records, longest, 1)]);
    expect((await store.get(records, longest))?.value).toBe(1);
    await expect(store.transact([put(records, `${longest}ab`, 1)])).rejects.toThrow(
      `at most ${limits.keyBytes}`,
    );
  });

  test('values that a driver could not keep', async () => {
    const { store, fresh } = using();
    const key = fresh();
    const endless: Record<string, unknown> = {};
    endless.self = endless;
    for (const value of [undefined, 1n, () => 1, Symbol('s'), endless]) {
      await expect(store.transact([put(records, key, value as never)])).rejects.toThrow(`record/${key}`);
    }
    // Two quotes belong to the JSON.
    const largest = 'x'.repeat(limits.valueBytes - 2);
    await store.transact([put(records, key, largest)]);
    expect((await store.get(records, key))?.value).toBe(largest);
    await expect(store.transact([put(records, key, `${largest}x`)])).rejects.toThrow(
      `at most ${limits.valueBytes}`,
    );
    const together = Array.from({ length: 9 }, () => put(records, fresh(), largest));
    await expect(store.transact(together)).rejects.toThrow(`at most ${limits.transactionBytes}`);
    await store.transact(together.slice(0, 8));
  });

  test('ends of life and versions that are no whole numbers', async () => {
    const { store, fresh } = using();
    for (const expiresAt of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(store.transact([put(records, fresh(), 1, { expiresAt })])).rejects.toThrow('expiresAt');
    }
    for (const version of [0, -1, 1.5, Number.NaN]) {
      await expect(store.transact([check(records, fresh(), { version })])).rejects.toThrow('version');
    }
  });

  test('places in an index that have no order', async () => {
    const { store, fresh } = using();
    const key = fresh();
    for (const price of [Number.NaN, Number.POSITIVE_INFINITY, undefined as unknown as number]) {
      await expect(store.transact([put(tickets, key, ticket({ group: key, price }))])).rejects.toThrow(
        'ticket.by_price',
      );
    }
    const nowhere = ticket({ group: undefined as unknown as string });
    await expect(store.transact([put(tickets, key, nowhere)])).rejects.toThrow('ticket.by_price');
    expect(await store.get(tickets, key)).toBeUndefined();
  });

  test.each([0, -1, 1.5, 1001, Number.NaN])('a page of %d items', async (limit) => {
    const { store } = using();
    await expect(store.query(tickets, 'by_price', { partition: 'a', limit })).rejects.toThrow('1 to 1000');
  });

  test('bounds that cannot be compared', async () => {
    const { store } = using();
    const query = { partition: 'a', limit: 1 };
    await expect(store.query(tickets, 'by_price', { ...query, from: 1, to: 'b' })).rejects.toThrow(TypeError);
    await expect(store.query(tickets, 'by_price', { ...query, from: Number.NaN })).rejects.toThrow(
      RangeError,
    );
  });

  test.each(['', 'x', '%%%', 'bnVsbA', 'WzFd', 'e30', 'W251bGwsImEiXQ'])(
    'the cursor "%s"',
    async (cursor) => {
      const { store } = using();
      await expect(store.query(tickets, 'by_price', { partition: 'a', limit: 1, cursor })).rejects.toThrow(
        InvalidCursor,
      );
    },
  );

  test('everything, once the store is closed; what was accepted before is done', async () => {
    const store = await open({ tables: conformanceTables, clock: () => 0 });
    const accepted: Promise<unknown>[] = [];
    for (let turn = 0; turn < 6; turn++) {
      accepted.push(store.transact([put(records, `turn-${turn}`, turn)]), store.get(records, 'missing'));
      await new Promise(setImmediate);
    }
    accepted.push(store.transact([put(records, 'last', 1)]));
    const closed = store.close();
    expect((await Promise.allSettled(accepted)).map(({ status }) => status)).toStrictEqual(
      accepted.map(() => 'fulfilled'),
    );
    for (const call of [
      () => store.get(records, 'last'),
      () => store.getMany(records, ['last']),
      () => store.query(tickets, 'by_price', { partition: 'a', limit: 1 }),
      () => store.transact([put(records, 'later', 1)]),
      () => store.scan(records)[Symbol.asyncIterator]().next(),
    ]) {
      await expect(call()).rejects.toThrow(StoreUnavailable);
    }
    await closed;
    await store.close();
  });
}
