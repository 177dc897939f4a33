import { expect, test } from 'vitest';
import { ConditionFailed } from '../condition-failed.ts';
import { put } from '../write.ts';
import { type OpenStore, storeUnderTest } from './store-under-test.ts';
import { counters, records } from './tables.ts';

/** Many callers at once. */
export function concurrencyTests(open: OpenStore): void {
  const using = storeUnderTest(open);

  test('conditional increments by many callers lose nothing', async () => {
    const { store, fresh } = using();
    const key = fresh();
    await store.transact([put(counters, key, 0)]);
    let refused = 0;
    async function increment(): Promise<void> {
      for (;;) {
        const item = await store.get(counters, key);
        try {
          const condition = { version: item?.version ?? 1 };
          await store.transact([put(counters, key, (item?.value ?? 0) + 1, { if: condition })]);
          return;
        } catch (error) {
          expect(error).toBeInstanceOf(ConditionFailed);
          refused++;
        }
      }
    }
    const callers = Array.from({ length: 16 }, async () => {
      for (let round = 0; round < 8; round++) {
        await increment();
      }
    });
    await Promise.all(callers);
    expect((await store.get(counters, key))?.value).toBe(128);
    // Otherwise nobody was ever in anybody's way, and the test has shown nothing.
    expect(refused).toBeGreaterThan(0);
  });

  test('of many who want the same, one gets it', async () => {
    const { store, fresh } = using();
    for (let round = 0; round < 10; round++) {
      const seats = [fresh('seat'), fresh('seat'), fresh('seat')];
      // Everyone wants two of three seats, in both orders.
      const wishes = Array.from({ length: 30 }, (_, buyer) => [
        seats[buyer % 3],
        seats[(buyer + 1 + (buyer % 2)) % 3],
      ]);
      const outcomes = await Promise.allSettled(
        wishes.map((wish, buyer) =>
          store.transact(wish.map((seat) => put(records, seat ?? '', buyer, { if: 'absent' }))),
        ),
      );
      const winners = outcomes.flatMap(({ status }, buyer) => (status === 'fulfilled' ? [buyer] : []));
      expect(winners).toHaveLength(1);
      const held = await store.getMany(records, wishes[winners[0] ?? 0] as string[]);
      expect(held.map((item) => item?.value)).toStrictEqual([winners[0], winners[0]]);
      const all = await store.getMany(records, seats);
      expect(all.filter((item) => item !== undefined)).toHaveLength(2);
    }
  });

  test('a transaction that fails takes no other with it', async () => {
    const { store, fresh } = using();
    const [taken, shared] = [fresh(), fresh()];
    await store.transact([put(records, taken, 'taken')]);
    const keys = Array.from({ length: 60 }, () => fresh());
    const outcomes = await Promise.allSettled(
      keys.map((key, at) =>
        store.transact(
          at % 3 === 0
            ? [put(records, key, at), put(records, shared, at), put(records, taken, at, { if: 'absent' })]
            : [put(records, key, at, { if: 'absent' })],
        ),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toStrictEqual(
      keys.map((_, at) => (at % 3 === 0 ? 'rejected' : 'fulfilled')),
    );
    const found = await store.getMany(records, keys);
    expect(found.map((item) => item?.value)).toStrictEqual(
      keys.map((_, at) => (at % 3 === 0 ? undefined : at)),
    );
    expect((await store.getMany(records, [taken, shared])).map((item) => item?.value)).toStrictEqual([
      'taken',
      undefined,
    ]);
  });
}
