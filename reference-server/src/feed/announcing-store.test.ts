import { expect, onTestFinished, test } from 'vitest';
import { openEmbeddedStore } from '../store/embedded/index.ts';
import { ConditionFailed, put, remove, table } from '../store/index.ts';
import { announcement, announcingStore } from './index.ts';

const things = table<{ readonly name: string }>('thing');
const others = table<{ readonly name: string }>('other');

async function announced() {
  const store = await openEmbeddedStore({ tables: [things, others] });
  onTestFinished(() => store.close());
  const told: string[] = [];
  const announcing = announcingStore(store, [announcement(things, ({ value: { name } }) => told.push(name))]);
  return { store: announcing, told };
}

test('what is written to a table is announced once it can be read, and nothing else', async () => {
  const { store, told } = await announced();
  await store.transact([
    put(things, '1', { name: 'a' }),
    put(others, '1', { name: 'b' }),
    put(things, '2', { name: 'c' }),
  ]);
  expect(told).toEqual(['a', 'c']);
  await store.transact([remove(things, '1'), put(others, '2', { name: 'd' })]);
  expect(told).toEqual(['a', 'c']);
  expect((await store.get(things, '2'))?.value.name).toBe('c');
});

test('what is announced is the record as it can be read', async () => {
  const store = await openEmbeddedStore({ tables: [things], clock: () => 0 });
  onTestFinished(() => store.close());
  const told: unknown[] = [];
  const announcing = announcingStore(store, [announcement(things, (item) => told.push(item))]);
  await announcing.transact([
    put(things, '1', { name: 'a' }),
    put(things, '2', { name: 'b' }, { expiresAt: 1000 }),
  ]);
  expect(told).toStrictEqual([await store.get(things, '1'), await store.get(things, '2')]);
});

test('what was not written is not announced', async () => {
  const { store, told } = await announced();
  await store.transact([put(things, '1', { name: 'a' })]);
  const again = store.transact([put(things, '1', { name: 'b' }, { if: 'absent' })]);
  await expect(again).rejects.toThrow(ConditionFailed);
  expect(told).toEqual(['a']);
});

test('writes of one record that race are announced in the order in which they were made', async () => {
  const { store, told } = await announced();
  const names = Array.from({ length: 100 }, (_, at) => String(at));
  await Promise.all(names.map((name) => store.transact([put(things, '1', { name })])));
  expect(told).toHaveLength(100);
  expect(told.at(-1)).toBe((await store.get(things, '1'))?.value.name);
});
