import { expect, test } from 'vitest';
import { ConditionFailed } from '../condition-failed.ts';
import { notes, records, ticket, tickets } from '../conformance/tables.ts';
import { table } from '../table.ts';
import { put, remove } from '../write.ts';
import { dataFolder, openForTest } from './testdata/data-folder.ts';

const tables = [tickets, records];

test('everything is there after a restart: values, versions, ends of life, indexes', async () => {
  const dir = await dataFolder();
  const clock = () => 1000;
  const first = await openForTest({ dir, tables, clock });
  const value = ticket({ group: 'a', price: 3, name: 'row 1' });
  const { version } = await first.transact([
    put(tickets, 'one', value, { expiresAt: 5000 }),
    put(records, 'two', ['席', null, { deep: true }]),
  ]);
  await first.close();

  const second = await openForTest({ dir, tables, clock });
  const found = { key: 'one', value, version, expiresAt: 5000 };
  expect(await second.get(tickets, 'one')).toStrictEqual(found);
  expect((await second.query(tickets, 'by_name', { partition: 'a', limit: 5 })).items).toStrictEqual([found]);
  expect((await second.get(records, 'two'))?.value).toStrictEqual(['席', null, { deep: true }]);
  await second.transact([put(tickets, 'one', value, { if: { version } })]);
});

test('items of a short-lived table are there after a restart, until they end', async () => {
  const dir = await dataFolder();
  let now = 1000;
  const clock = () => now;
  const first = await openForTest({ dir, tables: [notes], clock });
  await first.transact([
    put(notes, 'one', 1, { expiresAt: 2000 }),
    put(notes, 'two', 2, { expiresAt: 3000 }),
  ]);
  await first.close();
  const second = await openForTest({ dir, tables: [notes], clock });
  const found = async () => (await second.getMany(notes, ['one', 'two'])).map((item) => item?.value);
  expect(await found()).toStrictEqual([1, 2]);
  now = 2000;
  expect(await found()).toStrictEqual([undefined, 2]);
  now = 3000;
  expect(await found()).toStrictEqual([undefined, undefined]);
  await second.transact([put(notes, 'one', 3, { if: 'absent', expiresAt: 4000 })]);
  expect(await found()).toStrictEqual([3, undefined]);
});

test('what ended at the very beginning of time is gone after a restart, whether or not it was cleared away', async () => {
  const dir = await dataFolder();
  const first = await openForTest({ dir, tables: [notes], clock: () => 5, reapInterval: 600_000 });
  await first.transact([put(notes, 'one', 1, { expiresAt: 0 })]);
  await first.close();
  const second = await openForTest({ dir, tables: [notes], clock: () => 5, reapInterval: 600_000 });
  await second.transact([put(notes, 'one', 2, { if: 'absent', expiresAt: 9 })]);
  expect((await second.get(notes, 'one'))?.value).toBe(2);
});

test('keys in no order are known after a restart, and new ones are new', async () => {
  const seats = table<number>('seat', undefined, { unsortedKeys: true });
  const dir = await dataFolder();
  const first = await openForTest({ dir, tables: [seats] });
  const keys = ['show/9', 'show/10', 'show/1', 'arena/5'];
  await first.transact(keys.map((key, at) => put(seats, key, at)));
  await first.close();
  const second = await openForTest({ dir, tables: [seats] });
  expect((await second.getMany(seats, keys)).map((item) => item?.value)).toStrictEqual([0, 1, 2, 3]);
  const third = await openForTest({ dir: await dataFolder(), tables: [seats] });
  expect(await third.getMany(seats, keys)).toStrictEqual(keys.map(() => undefined));
  for (const key of keys) {
    await expect(second.transact([put(seats, key, 7, { if: 'absent' })])).rejects.toThrow(ConditionFailed);
  }
  for (const key of ['show/2', 'show/91', 'zoo/1']) {
    expect(await second.get(seats, key)).toBeUndefined();
    await second.transact([put(seats, key, 7, { if: 'absent' })]);
    await expect(second.transact([put(seats, key, 8, { if: 'absent' })])).rejects.toThrow(ConditionFailed);
  }
});

test('versions go on rising after a restart, also when the newest item was removed', async () => {
  const dir = await dataFolder();
  let highest = 0;
  for (let round = 0; round < 4; round++) {
    const store = await openForTest({ dir, tables });
    for (let change = 0; change < 3; change++) {
      const { version } = await store.transact([put(records, 'item', change, { if: 'absent' })]);
      expect(version).toBeGreaterThan(highest);
      highest = (await store.transact([remove(records, 'item')])).version;
      expect(highest).toBeGreaterThan(version);
      const stale = store.transact([put(records, 'item', 0, { if: { version } })]);
      await expect(stale).rejects.toThrow(ConditionFailed);
    }
    await store.close();
  }
});

test('a store in memory ends with itself', async () => {
  const first = await openForTest({ tables });
  await first.transact([put(records, 'item', 1)]);
  const second = await openForTest({ tables });
  expect(await second.get(records, 'item')).toBeUndefined();
  await first.close();
  const third = await openForTest({ tables });
  expect(await third.get(records, 'item')).toBeUndefined();
});

test('tables that are not declared for a while keep their items', async () => {
  const dir = await dataFolder();
  const both = await openForTest({ dir, tables });
  await both.transact([put(tickets, 'a', ticket({ group: 'g' })), put(records, 'a', 1)]);
  await both.close();
  const one = await openForTest({ dir, tables: [records] });
  await one.transact([put(records, 'b', 2)]);
  await one.close();
  const again = await openForTest({ dir, tables });
  expect((await again.query(tickets, 'by_price', { partition: 'g', limit: 1 })).items).toHaveLength(1);
});

test('two tables of one name are refused', async () => {
  const other = { ...records };
  await expect(openForTest({ tables: [records, other] })).rejects.toThrow('two tables are named "record"');
});
