import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../table.ts';
import { put, remove } from '../write.ts';
import { type OpenStore, storeUnderTest } from './store-under-test.ts';
import { records, ticket, tickets } from './tables.ts';

/** Getting and scanning what was put. */
export function itemTests(open: OpenStore): void {
  const using = storeUnderTest(open);

  test('an item that was put is found with its value and the version of its transaction', async () => {
    const { store, fresh } = using();
    const key = fresh();
    const { version } = await store.transact([put(records, key, { seats: ['A1', 'A2'] })]);
    expect(await store.get(records, key)).toStrictEqual({ key, value: { seats: ['A1', 'A2'] }, version });
  });

  test('an item that was not put, or was removed, is not found', async () => {
    const { store, fresh } = using();
    const key = fresh();
    expect(await store.get(records, key)).toBeUndefined();
    await store.transact([put(records, key, 1)]);
    await store.transact([remove(records, key)]);
    expect(await store.get(records, key)).toBeUndefined();
  });

  test('getMany answers in the order of the keys, repeated and missing ones included', async () => {
    const { store, fresh } = using();
    const [a, b, missing] = [fresh(), fresh(), fresh()];
    await store.transact([put(records, a, 'a'), put(records, b, 'b')]);
    const found = await store.getMany(records, [b, missing, a, b]);
    expect(found.map((item) => item?.value)).toStrictEqual(['b', undefined, 'a', 'b']);
    expect(await store.getMany(records, [])).toStrictEqual([]);
  });

  test('tables do not share keys', async () => {
    const { store, fresh } = using();
    const key = fresh();
    await store.transact([put(records, key, 'record'), put(tickets, key, ticket({ group: key }))]);
    await store.transact([remove(tickets, key)]);
    expect((await store.get(records, key))?.value).toBe('record');
  });

  test('the value is the one at the time of the call, and nobody shares it', async () => {
    const { store, fresh } = using();
    const key = fresh();
    const value = { seats: ['A1'] };
    const done = store.transact([put(records, key, value)]);
    value.seats.push('A2');
    await done;
    const first = await store.get(records, key);
    const read = first?.value as { seats: string[] } | undefined;
    read?.seats.push('A3');
    expect((await store.get(records, key))?.value).toStrictEqual({ seats: ['A1'] });
  });

  test('every JSON value and every key comes back as it was', async () => {
    const { store, fresh } = using();
    const keys = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(keys, fc.jsonValue(), async (text, value) => {
        const key = `${fresh()}${text}`;
        await store.transact([put(records, key, value as Json)]);
        // JSON knows no negative zero.
        const expected: unknown = JSON.parse(JSON.stringify(value));
        expect(await store.get(records, key)).toMatchObject({ key, value: expected });
      }),
      { numRuns: 200 },
    );
  });

  test('a key that no item can have finds nothing', async () => {
    const { store, fresh } = using();
    const key = fresh();
    await store.transact([put(records, `${key}\ufffd`, 1)]);
    // Half a surrogate pair, which encoders replace by U+FFFD.
    expect(await store.get(records, `${key}\ud800`)).toBeUndefined();
    expect(await store.get(records, '')).toBeUndefined();
    expect(await store.get(records, 'x'.repeat(5000))).toBeUndefined();
  });

  test('a scan gives every item of the table once, by the bytes of its key', async () => {
    const { store, fresh } = using();
    const prefix = fresh('scan');
    const names = ['', '/', '0', '10', '9', 'A', 'a', 'é', '席', '\uffff', '😀'];
    const many = Array.from({ length: 1200 }, (_, number) => `m${String(number).padStart(4, '0')}`);
    const keys = [...names, ...many].map((name) => prefix + name);
    const shuffled = keys.toSorted((a, b) => a.length - b.length || (a < b ? 1 : -1));
    for (let from = 0; from < shuffled.length; from += 100) {
      await store.transact(shuffled.slice(from, from + 100).map((key) => put(records, key, key)));
    }
    const found: string[] = [];
    for await (const item of store.scan(records)) {
      if (item.key.startsWith(prefix)) {
        expect(item.value).toBe(item.key);
        found.push(item.key);
      }
    }
    expect(found).toStrictEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  test('a scan may be given up', async () => {
    const { store, fresh } = using();
    await store.transact([put(records, fresh(), 1), put(records, fresh(), 2)]);
    for await (const item of store.scan(records)) {
      expect(item.key).not.toBe('');
      break;
    }
    expect(await store.get(records, fresh())).toBeUndefined();
  });
}
