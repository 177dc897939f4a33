import { expect, test } from 'vitest';
import { ConditionFailed } from '../condition-failed.ts';
import { put } from '../write.ts';
import { type OpenStore, storeUnderTest } from './store-under-test.ts';
import { notes, records, ticket, tickets } from './tables.ts';

/** Items that end by themselves. */
export function expiryTests(open: OpenStore): void {
  const using = storeUnderTest(open);

  test('an item is there until the millisecond before its end, and nowhere from then on', async () => {
    const { store, now, advance, fresh } = using();
    const [key, group] = [fresh(), fresh('group')];
    const expiresAt = now() + 1000;
    const value = ticket({ group, price: 1 });
    const { version } = await store.transact([put(tickets, key, value, { expiresAt })]);
    const everywhere = async () => {
      const scanned: string[] = [];
      for await (const item of store.scan(tickets)) {
        scanned.push(item.key);
      }
      return {
        got: (await store.get(tickets, key)) !== undefined,
        many: (await store.getMany(tickets, [key]))[0] !== undefined,
        queried: (await store.query(tickets, 'by_price', { partition: group, limit: 1 })).items.length === 1,
        scanned: scanned.includes(key),
      };
    };
    advance(999);
    expect(await store.get(tickets, key)).toStrictEqual({ key, value, version, expiresAt });
    expect(await everywhere()).toStrictEqual({ got: true, many: true, queried: true, scanned: true });
    advance(1);
    expect(await everywhere()).toStrictEqual({ got: false, many: false, queried: false, scanned: false });
    advance(1_000_000);
    expect(await everywhere()).toStrictEqual({ got: false, many: false, queried: false, scanned: false });
  });

  test('a page is full even when items before it have ended', async () => {
    const { store, now, advance, fresh } = using();
    const group = fresh('group');
    await store.transact(
      Array.from({ length: 20 }, (_, price) =>
        put(tickets, fresh(), ticket({ group, price }), price % 2 === 0 ? { expiresAt: now() + 5 } : {}),
      ),
    );
    advance(5);
    const { items } = await store.query(tickets, 'by_price', { partition: group, limit: 5 });
    expect(items.map(({ value }) => value.price)).toStrictEqual([1, 3, 5, 7, 9]);
  });

  test('an item of a short-lived table is there while it lives, and none is without an end', async () => {
    const { store, now, advance, fresh } = using();
    const [key, other] = [fresh(), fresh()];
    expect(await store.getMany(notes, [key, other])).toStrictEqual([undefined, undefined]);
    const expiresAt = now() + 10;
    const writing = store.transact([put(notes, key, 'first', { if: 'absent', expiresAt })]);
    const meanwhile = await store.get(notes, key);
    const { version } = await writing;
    expect([undefined, { key, value: 'first', version, expiresAt }]).toContainEqual(meanwhile);
    expect(await store.get(notes, key)).toStrictEqual({ key, value: 'first', version, expiresAt });
    expect(await store.get(notes, other)).toBeUndefined();
    await expect(store.transact([put(notes, key, 'second', { if: 'absent', expiresAt })])).rejects.toThrow(
      ConditionFailed,
    );
    await expect(store.transact([put(notes, other, 'for ever')])).rejects.toThrow(
      `note/${other}: has no expiresAt, which every item of this table needs`,
    );
    advance(10);
    expect(await store.get(notes, key)).toBeUndefined();
    await store.transact([put(notes, key, 'again', { if: 'absent', expiresAt: now() + 10 })]);
    expect((await store.get(notes, key))?.value).toBe('again');
  });

  test('what has ended may be put again, as something new', async () => {
    const { store, now, advance, fresh } = using();
    const key = fresh();
    const first = await store.transact([put(records, key, 'first', { expiresAt: now() + 10 })]);
    advance(10);
    const second = await store.transact([put(records, key, 'second', { if: 'absent' })]);
    expect(second.version).not.toBe(first.version);
    // It has no end, unlike the first.
    advance(1_000_000);
    expect(await store.get(records, key)).toStrictEqual({ key, value: 'second', version: second.version });
    await expect(store.transact([put(records, key, 'third', { if: 'absent' })])).rejects.toThrow(
      ConditionFailed,
    );
  });

  test('an end that is put off holds from then on', async () => {
    const { store, now, advance, fresh } = using();
    const key = fresh();
    const start = now();
    const { version } = await store.transact([put(records, key, 'hold', { expiresAt: start + 10 })]);
    await store.transact([put(records, key, 'hold', { if: { version }, expiresAt: start + 1000 })]);
    advance(999);
    expect(await store.get(records, key)).toMatchObject({ expiresAt: start + 1000 });
    advance(1);
    expect(await store.get(records, key)).toBeUndefined();
  });

  test('an end in the past is one', async () => {
    const { store, now, fresh } = using();
    const key = fresh();
    await store.transact([put(records, key, 'late', { expiresAt: now() })]);
    expect(await store.get(records, key)).toBeUndefined();
    await store.transact([put(records, key, 'new', { if: 'absent' })]);
  });
}
