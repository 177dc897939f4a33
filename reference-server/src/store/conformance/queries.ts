import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Page, Query, Store } from '../store.ts';
import { put, remove } from '../write.ts';
import { type OpenStore, storeUnderTest } from './store-under-test.ts';
import { type Ticket, ticket, tickets } from './tables.ts';

type Index = 'by_price' | 'by_name';

/** Pages of an index. */
export function queryTests(open: OpenStore): void {
  const using = storeUnderTest(open);

  /** Puts tickets of a new group; their keys are their places in the list. */
  async function putAll(given: readonly Partial<Ticket>[]): Promise<string> {
    const { store, fresh } = using();
    const group = fresh('group');
    for (let from = 0; from < given.length; from += 100) {
      const some = given.slice(from, from + 100);
      await store.transact(
        some.map((values, at) => put(tickets, keyOf(group, from + at), ticket({ group, ...values }))),
      );
    }
    return group;
  }

  const keyOf = (group: string, place: number): string => `${group}/${String(place).padStart(5, '0')}`;

  /** Follows the cursors to the end. */
  async function walk(store: Store, index: Index, query: Query): Promise<Ticket[]> {
    const found: Ticket[] = [];
    let page: Page<Ticket> | undefined;
    do {
      page = await store.query(
        tickets,
        index,
        page?.cursor === undefined ? query : { ...query, cursor: page.cursor },
      );
      expect(page.items.length).toBeLessThanOrEqual(query.limit);
      found.push(...page.items.map(({ value }) => value));
    } while (page.cursor !== undefined);
    return found;
  }

  test('items come by number, not by text', async () => {
    const { store } = using();
    const prices = [10, 9, -1, 0, 1.5, -2.25, 1e15, 1_790_000_000_000, 100];
    const group = await putAll(prices.map((price) => ({ price })));
    const sorted = prices.toSorted((a, b) => a - b);
    await eventually(async () => {
      const ascending = await walk(store, 'by_price', { partition: group, limit: 100 });
      expect(ascending.map(({ price }) => price)).toStrictEqual(sorted);
    });
    const descending = await walk(store, 'by_price', { partition: group, limit: 2, descending: true });
    expect(descending.map(({ price }) => price)).toStrictEqual(sorted.toReversed());
  });

  test('items come by text, by its bytes in UTF-8', async () => {
    const { store } = using();
    const names = ['B', 'a', '', 'b', '10', '9', 'é', '席', '\uffff', '😀', 'a b', 'a/b', 'A-1', 'A-10'];
    const group = await putAll(names.map((name) => ({ name })));
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    await eventually(async () => {
      const ascending = await walk(store, 'by_name', { partition: group, limit: 100 });
      expect(ascending.map(({ name }) => name)).toStrictEqual(sorted);
    });
    const descending = await walk(store, 'by_name', { partition: group, limit: 3, descending: true });
    expect(descending.map(({ name }) => name)).toStrictEqual(sorted.toReversed());
  });

  test('an item that is found is whole', async () => {
    const { store, now, fresh } = using();
    const [group, key] = [fresh('group'), fresh()];
    const value = ticket({ group, price: 5, name: 'front' });
    const expiresAt = now() + 1000;
    const { version } = await store.transact([put(tickets, key, value, { expiresAt })]);
    await eventually(async () => {
      const { items } = await store.query(tickets, 'by_price', { partition: group, limit: 1 });
      expect(items).toStrictEqual([{ key, value, version, expiresAt }]);
    });
  });

  test('partitions are apart, and one that nothing is in is empty', async () => {
    const { store, fresh } = using();
    const [a, b] = [await putAll([{ price: 1 }]), await putAll([{ price: 2 }])];
    for (const [partition, expected] of [
      [a, [1]],
      [b, [2]],
      [fresh('group'), []],
      ['', []],
    ] as const) {
      await eventually(async () => {
        const found = await walk(store, 'by_price', { partition, limit: 10 });
        expect(found.map(({ price }) => price)).toStrictEqual(expected);
      });
    }
  });

  test('an item moves with its value, and leaves with it', async () => {
    const { store, fresh } = using();
    const [group, other, key] = [fresh('group'), fresh('group'), fresh()];
    const places = async () =>
      Promise.all(
        [group, other].flatMap((partition) =>
          (['by_price', 'by_name'] as const).map(async (index) =>
            (await walk(store, index, { partition, limit: 10 })).map(({ price }) => price),
          ),
        ),
      );
    const steps: readonly (readonly [Ticket | undefined, unknown])[] = [
      [ticket({ group, price: 1 }), [[1], [1], [], []]],
      [ticket({ group, price: 2 }), [[2], [2], [], []]],
      [ticket({ group, price: 3, listed: false }), [[3], [], [], []]],
      [ticket({ group: other, price: 4, listed: false }), [[], [], [4], []]],
      [ticket({ group: other, price: 5 }), [[], [], [5], [5]]],
      [undefined, [[], [], [], []]],
      [ticket({ group, price: 6 }), [[6], [6], [], []]],
    ];
    for (const [value, expected] of steps) {
      await store.transact([value === undefined ? remove(tickets, key) : put(tickets, key, value)]);
      await eventually(async () => expect(await places()).toStrictEqual(expected));
    }
  });

  test('large items make smaller pages, and none is lost', async () => {
    const { store } = using();
    const name = 'x'.repeat(300_000);
    const group = await putAll([]);
    for (let place = 0; place < 40; place += 8) {
      await store.transact(
        Array.from({ length: 8 }, (_, at) =>
          put(tickets, keyOf(group, place + at), {
            ...ticket({ group, price: place + at, listed: false }),
            name,
          }),
        ),
      );
    }
    await eventually(async () => {
      const found = await walk(store, 'by_price', { partition: group, limit: 1000 });
      expect(found.map(({ price }) => price)).toStrictEqual(Array.from({ length: 40 }, (_, price) => price));
    });
  });

  test('pages of every size, direction and range together give what is there, in order', async () => {
    const { store } = using();
    const price = fc.integer({ min: 0, max: 12 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '\uffff'), maxLength: 3 });
    const contents = fc.array(fc.record({ price, name, listed: fc.boolean() }), { maxLength: 40 });
    const asked = fc.record({
      limit: fc.integer({ min: 1, max: 12 }),
      descending: fc.boolean(),
      byPrice: fc.record({ from: fc.option(price), to: fc.option(price) }),
      byName: fc.record({ from: fc.option(name), to: fc.option(name) }),
    });
    await fc.assert(
      fc.asyncProperty(contents, fc.array(asked, { minLength: 1, maxLength: 6 }), async (given, queries) => {
        const group = await putAll(given);
        for (const { limit, descending, byPrice, byName } of queries) {
          const base = { partition: group, limit, descending };
          await eventually(async () => {
            const prices = await walk(store, 'by_price', { ...base, ...bounds(byPrice) });
            expect(prices.map((found) => found.price)).toStrictEqual(
              inOrder(
                given.map((all) => all.price),
                byPrice,
                (a, b) => a - b,
                descending,
              ),
            );
            const names = await walk(store, 'by_name', { ...base, ...bounds(byName) });
            const listed = given.filter((all) => all.listed).map((all) => all.name);
            expect(names.map((found) => found.name)).toStrictEqual(
              inOrder(listed, byName, byBytes, descending),
            );
          });
        }
      }),
      { numRuns: 60 },
    );
  });

  test('items with the same place in the order are each found once', async () => {
    const { store } = using();
    const group = await putAll(Array.from({ length: 25 }, (_, at) => ({ price: 7, name: `${at}` })));
    for (const descending of [false, true]) {
      await eventually(async () => {
        const found = await walk(store, 'by_price', { partition: group, limit: 4, descending });
        expect(found.map(({ name }) => Number(name)).toSorted((a, b) => a - b)).toStrictEqual([
          ...Array(25).keys(),
        ]);
      });
    }
  });

  test('a cursor goes on where it was, whatever was written meanwhile', async () => {
    const { store } = using();
    const group = await putAll([{ price: 1 }, { price: 2 }, { price: 3 }, { price: 4 }]);
    const first = await eventually(async () => {
      const page = await store.query(tickets, 'by_price', { partition: group, limit: 2 });
      expect(page.items.map(({ value }) => value.price)).toStrictEqual([1, 2]);
      return page;
    });
    // The item that the page ended with goes, one comes before it and one after it.
    await store.transact([
      remove(tickets, keyOf(group, 1)),
      put(tickets, keyOf(group, 10), ticket({ group, price: 0 })),
      put(tickets, keyOf(group, 11), ticket({ group, price: 3.5 })),
    ]);
    await eventually(async () => {
      const cursor = first.cursor ?? '';
      const rest = await store.query(tickets, 'by_price', { partition: group, limit: 10, cursor });
      expect(rest.items.map(({ value }) => value.price)).toStrictEqual([3, 3.5, 4]);
    });
  });
}

/** An index may lag behind. */
function eventually<T>(assertion: () => Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { timeout: 5000, interval: 20 });
}

interface Range<S> {
  readonly from: S | null;
  readonly to: S | null;
}

function bounds<S>({ from, to }: Range<S>): { from?: S; to?: S } {
  return { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) };
}

function inOrder<S>(
  values: readonly S[],
  { from, to }: Range<S>,
  compare: (a: S, b: S) => number,
  descending: boolean,
): readonly S[] {
  const within = values.filter(
    (value) => (from === null || compare(value, from) >= 0) && (to === null || compare(value, to) <= 0),
  );
  return within.toSorted(descending ? (a, b) => compare(b, a) : compare);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
