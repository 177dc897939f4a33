import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConditionFailed } from '../condition-failed.ts';
import type { Item, Store } from '../store.ts';
import { type Condition, check, put, remove, type Write } from '../write.ts';
import { explains, type ModelState, type Operation, type Outcome } from './serial-order.ts';
import { type OpenStore, storeUnderTest } from './store-under-test.ts';
import { type Ticket, ticket, tickets } from './tables.ts';

const KEYS = 4;

/** Conditions as they are drawn: versions are only known when the history runs. */
const condition = fc.constantFrom('none', 'absent', 'present', 'last seen', 'seen before');

const drawnWrite = fc.record({
  kind: fc.constantFrom('put', 'put', 'put', 'remove', 'check'),
  key: fc.nat(KEYS - 1),
  condition,
  price: fc.nat(3),
  listed: fc.boolean(),
  lifetime: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 3 }),
});

const drawnTransaction = fc.uniqueArray(drawnWrite, {
  minLength: 1,
  maxLength: KEYS,
  selector: ({ key }) => key,
});

const drawnRound = fc.record({
  transactions: fc.array(drawnTransaction, { minLength: 1, maxLength: 4 }),
  reads: fc.array(fc.nat(KEYS - 1), { maxLength: 2 }),
  /** How many of the operations start only in a later turn of the event loop. */
  late: fc.nat(3),
  pause: fc.nat(3),
});

type DrawnWrite = typeof drawnWrite extends fc.Arbitrary<infer T> ? T : never;

/** Random histories: whatever is done at once has the outcome of doing it one after the other in some order. */
export function historyTests(open: OpenStore): void {
  const using = storeUnderTest(open);

  test('concurrent transactions and reads are as if one came after the other', async () => {
    const { store, now, advance, fresh } = using();
    await fc.assert(
      fc.asyncProperty(fc.array(drawnRound, { minLength: 1, maxLength: 6 }), async (rounds) => {
        const group = fresh('group');
        const keys = Array.from({ length: KEYS }, (_, at) => `${group}/${at}`);
        const seen: number[][] = keys.map(() => []);
        let state: ModelState = new Map();
        for (const { transactions, reads, late, pause } of rounds) {
          const writeOf = (drawn: DrawnWrite): Write =>
            toWrite(drawn, keys[drawn.key] ?? '', group, seen, now());
          const operations: Operation[] = [
            ...transactions.map((drawn) => ({ writes: drawn.map(writeOf) })),
            ...reads.map((at) => ({ read: keys[at] ?? '' })),
          ];
          const outcomes = await Promise.all(
            operations.map(async (operation, at) => {
              if (at >= operations.length - late) {
                await new Promise(setImmediate);
              }
              return run(store, operation);
            }),
          );
          const after = await store.getMany(tickets, keys);
          const final: ModelState = new Map(
            after.flatMap((item) => (item === undefined ? [] : [[item.key, item]])),
          );
          const live = new Map(
            [...state].filter(([, { expiresAt }]) => (expiresAt ?? Number.POSITIVE_INFINITY) > now()),
          );
          const explained = explains(live, operations, outcomes, final, now());
          expect(
            explained,
            JSON.stringify({ live: [...live], operations, outcomes, final: [...final] }),
          ).toBe(true);
          await expectIndexed(store, group, after);
          for (const [at, item] of after.entries()) {
            if (item !== undefined) {
              seen[at]?.push(item.version);
            }
          }
          state = final;
          advance(pause);
        }
      }),
      { numRuns: 200 },
    );
  });
}

function toWrite(
  drawn: DrawnWrite,
  key: string,
  group: string,
  seen: readonly number[][],
  now: number,
): Write {
  const condition = toCondition(drawn, seen);
  const value = ticket({ group, price: drawn.price, name: `n${drawn.price}`, listed: drawn.listed });
  switch (drawn.kind) {
    case 'remove':
      return remove(tickets, key, condition);
    case 'check':
      return check(tickets, key, condition ?? 'present');
    default:
      return put(tickets, key, value, {
        ...(condition === undefined ? {} : { if: condition }),
        ...(drawn.lifetime === null ? {} : { expiresAt: now + drawn.lifetime }),
      });
  }
}

function toCondition(drawn: DrawnWrite, seen: readonly number[][]): Condition | undefined {
  const versions = seen[drawn.key] ?? [];
  switch (drawn.condition) {
    case 'none':
      return undefined;
    case 'absent':
    case 'present':
      return drawn.condition;
    default: {
      const version = versions.at(drawn.condition === 'last seen' ? -1 : 0);
      return version === undefined ? 'absent' : { version };
    }
  }
}

async function run(store: Store, operation: Operation): Promise<Outcome> {
  if ('read' in operation) {
    return { item: await store.get(tickets, operation.read) };
  }
  try {
    return await store.transact(operation.writes);
  } catch (error) {
    if (error instanceof ConditionFailed) {
      return { failed: error.failed.map(({ index }) => index) };
    }
    throw error;
  }
}

/** The indexes show exactly the items that are there. */
async function expectIndexed(
  store: Store,
  group: string,
  items: readonly (Item<Ticket> | undefined)[],
): Promise<void> {
  const there = items.filter((item) => item !== undefined);
  for (const index of ['by_price', 'by_name'] as const) {
    const { items: indexed } = await store.query(tickets, index, { partition: group, limit: 100 });
    const expected = index === 'by_price' ? there : there.filter(({ value }) => value.listed);
    expect(indexed.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toStrictEqual(expected);
  }
}
