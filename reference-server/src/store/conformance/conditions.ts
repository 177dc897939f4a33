import { describe, expect, test } from 'vitest';
import { ConditionFailed } from '../condition-failed.ts';
import { type Condition, check, put, remove, type Write } from '../write.ts';
import { type OpenStore, type StoreUnderTest, storeUnderTest } from './store-under-test.ts';
import { records } from './tables.ts';

/** How an item came to be as it is: makes it so and returns its last version, if it ever had one. */
type State = (under: StoreUnderTest, key: string) => Promise<number>;

const states: Record<string, { readonly exists: boolean; readonly make: State }> = {
  'never written': {
    exists: false,
    // The version of some other item.
    make: async ({ store, fresh }) => (await store.transact([put(records, fresh(), 'other')])).version,
  },
  written: {
    exists: true,
    make: async ({ store }, key) => (await store.transact([put(records, key, 'old')])).version,
  },
  removed: {
    exists: false,
    async make({ store }, key) {
      const { version } = await store.transact([put(records, key, 'old')]);
      await store.transact([remove(records, key)]);
      return version;
    },
  },
  expired: {
    exists: false,
    async make({ store, now, advance }, key) {
      const { version } = await store.transact([put(records, key, 'old', { expiresAt: now() + 10 })]);
      advance(10);
      return version;
    },
  },
};

const conditions: Record<string, (version: number) => Condition> = {
  absent: () => 'absent',
  present: () => 'present',
  'its version': (version) => ({ version }),
  'another version': (version) => ({ version: version + 1_000_000_000 }),
};

const writes: Record<string, (key: string, condition: Condition) => Write> = {
  put: (key, condition) => put(records, key, 'new', { if: condition }),
  remove: (key, condition) => remove(records, key, condition),
  check: (key, condition) => check(records, key, condition),
};

/** Every kind of condition, on every kind of write, for every state of an item. */
export function conditionTests(open: OpenStore): void {
  const using = storeUnderTest(open);

  for (const [state, { exists, make }] of Object.entries(states)) {
    describe(`an item that was ${state}`, () => {
      for (const [condition, of] of Object.entries(conditions)) {
        const holds = condition === 'absent' ? !exists : exists && condition !== 'another version';
        for (const [kind, write] of Object.entries(writes)) {
          test(`${kind} if ${condition} ${holds ? 'happens' : 'fails'}`, async () => {
            const under = using();
            const key = under.fresh();
            const version = await make(under, key);
            const witness = under.fresh();
            const done = under.store.transact([put(records, witness, 1), write(key, of(version))]);
            if (holds) {
              await done;
            } else {
              await expect(done).rejects.toThrow(ConditionFailed);
            }
            const before = exists ? 'old' : undefined;
            const after = { put: 'new', remove: undefined, check: before }[kind];
            expect((await under.store.get(records, key))?.value).toBe(holds ? after : before);
            expect((await under.store.get(records, witness)) !== undefined).toBe(holds);
          });
        }
      }
      test('put and remove without a condition happen', async () => {
        const under = using();
        const [a, b] = [under.fresh(), under.fresh()];
        await make(under, a);
        await make(under, b);
        await under.store.transact([put(records, a, 'new'), remove(records, b)]);
        expect((await under.store.getMany(records, [a, b])).map((item) => item?.value)).toStrictEqual([
          'new',
          undefined,
        ]);
      });
    });
  }

  test('the version before the last does not hold', async () => {
    const { store, fresh } = using();
    const key = fresh();
    const { version } = await store.transact([put(records, key, 1)]);
    await store.transact([put(records, key, 2)]);
    await expect(store.transact([put(records, key, 3, { if: { version } })])).rejects.toThrow(
      ConditionFailed,
    );
    expect((await store.get(records, key))?.value).toBe(2);
  });
}
