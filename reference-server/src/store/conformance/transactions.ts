import { expect, test } from 'vitest';
import { ConditionFailed } from '../condition-failed.ts';
import { check, put, remove } from '../write.ts';
import { type OpenStore, storeUnderTest } from './store-under-test.ts';
import { records, ticket, tickets } from './tables.ts';

/** What a transaction does as a whole. */
export function transactionTests(open: OpenStore): void {
  const using = storeUnderTest(open);

  test('all items of a transaction have its version, which no other transaction has', async () => {
    const { store, fresh } = using();
    const [a, b] = [fresh(), fresh()];
    const first = await store.transact([put(records, a, 1), put(tickets, b, ticket({ group: b }))]);
    expect((await store.get(records, a))?.version).toBe(first.version);
    expect((await store.get(tickets, b))?.version).toBe(first.version);
    const second = await store.transact([put(records, a, 2)]);
    expect(second.version).not.toBe(first.version);
    expect((await store.get(tickets, b))?.version).toBe(first.version);
  });

  test('versions never come back, not even for an item that was removed and put again', async () => {
    const { store, fresh } = using();
    const key = fresh();
    const seen = new Set<number>();
    for (let round = 0; round < 50; round++) {
      seen.add((await store.transact([put(records, key, round, { if: 'absent' })])).version);
      expect((await store.get(records, key))?.version).toBe([...seen].at(-1));
      await store.transact([remove(records, key)]);
    }
    expect(seen.size).toBe(50);
  });

  test.each([0, 1, 2])('when the condition of write %i fails, nothing is written', async (failing) => {
    const { store, fresh } = using();
    const [existing, changed, created] = [fresh(), fresh(), fresh()];
    await store.transact([put(records, existing, 'before'), put(records, changed, 'before')]);
    const writes = [put(records, changed, 'after'), put(tickets, created, ticket({ group: existing }))];
    writes.splice(failing, 0, put(records, existing, 'after', { if: 'absent' }));

    const error = await store.transact(writes).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConditionFailed);
    expect((error as ConditionFailed).failed[0]).toStrictEqual({
      index: failing,
      table: 'record',
      key: existing,
    });
    expect((error as ConditionFailed).on(records, existing)).toBe(true);
    expect((error as ConditionFailed).on(tickets)).toBe(false);

    const found = await store.getMany(records, [existing, changed]);
    expect(found.map((item) => item?.value)).toStrictEqual(['before', 'before']);
    expect(await store.get(tickets, created)).toBeUndefined();
    expect((await store.query(tickets, 'by_price', { partition: existing, limit: 1 })).items).toStrictEqual(
      [],
    );
  });

  test('a hundred writes are one transaction', async () => {
    const { store, fresh } = using();
    const keys = Array.from({ length: 100 }, () => fresh());
    const { version } = await store.transact(keys.map((key) => put(records, key, key)));
    const found = await store.getMany(records, keys);
    expect(found.map((item) => item?.version)).toStrictEqual(keys.map(() => version));
  });

  test('of a hundred writes the last condition counts like the first', async () => {
    const { store, fresh } = using();
    const keys = Array.from({ length: 100 }, () => fresh());
    const writes = keys.map((key, at) => put(records, key, key, { if: at === 99 ? 'present' : 'absent' }));
    await expect(store.transact(writes)).rejects.toThrow(ConditionFailed);
    expect(await store.getMany(records, keys)).toStrictEqual(keys.map(() => undefined));
  });

  test('one key may be written in two tables at once', async () => {
    const { store, fresh } = using();
    const key = fresh();
    await store.transact([put(records, key, 1, { if: 'absent' }), put(tickets, key, ticket({ group: key }))]);
    await store.transact([remove(records, key), check(tickets, key, 'present')]);
    expect(await store.get(records, key)).toBeUndefined();
    expect(await store.get(tickets, key)).toBeDefined();
  });

  test('a check leaves the item and its version alone', async () => {
    const { store, fresh } = using();
    const [checked, written] = [fresh(), fresh()];
    const { version } = await store.transact([put(records, checked, 'kept')]);
    await store.transact([check(records, checked, { version }), put(records, written, 'new')]);
    await store.transact([check(records, checked, { version })]);
    expect(await store.get(records, checked)).toStrictEqual({ key: checked, value: 'kept', version });
  });

  test('removing what does not exist is no error', async () => {
    const { store, fresh } = using();
    await expect(store.transact([remove(records, fresh())])).resolves.toHaveProperty('version');
  });

  test('an acknowledged write is read by everyone', async () => {
    const { store, fresh } = using();
    const key = fresh();
    for (let round = 0; round < 30; round++) {
      await store.transact([put(records, key, round)]);
      const read = await Promise.all(Array.from({ length: 5 }, () => store.get(records, key)));
      expect(read.map((item) => item?.value)).toStrictEqual([round, round, round, round, round]);
    }
  });
}
