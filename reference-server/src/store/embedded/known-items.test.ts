import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createForgottenKeys } from './forgotten-keys.ts';
import { createForgottenUnsorted } from './forgotten-unsorted.ts';
import { createKeyFilter } from './key-filter.ts';
import { createKnownItems, type Remembered } from './known-items.ts';
import type { StoredItem } from './messages.ts';
import { kinds, type PackedWrite } from './packed.ts';

const TABLE = 0;
const KEYS = ['a', 'b', 'c'];

/** Remembers items, where the file has some up to a key. */
function itemsAfter(lastStored: string, seldomRead = false, unsorted = false): Remembered {
  const forgotten = unsorted ? createForgottenUnsorted(lastStored) : createForgottenKeys(lastStored);
  return { kind: 'items', forgotten, seldomRead };
}

function write(kind: number, key: string, json = '', expiresAt = Number.POSITIVE_INFINITY): PackedWrite {
  return { kind, table: TABLE, key, condition: 0, json, expiresAt, place: [] };
}

const step = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    kind: fc.constantFrom(...Object.values(kinds)),
    keys: fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1 }),
    fails: fc.boolean(),
  }),
  fc.record({ do: fc.constant('look up' as const), key: fc.constantFrom(...KEYS) }),
  // The worker takes the oldest message; the main thread the oldest answer.
  fc.constant({ do: 'work' as const }),
  fc.constant({ do: 'hear' as const }),
);

test('what is known is what was acknowledged last, and nothing where a write is under way', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(1, 700, 1_000_000),
      fc.subarray(KEYS),
      fc.boolean(),
      fc.boolean(),
      (steps, capacity, before, seldomRead, unsorted) => {
        const items = itemsAfter(before.at(-1) ?? '', seldomRead, unsorted);
        const known = createKnownItems([items], capacity, () => 0);
        const stored = new Map(before.map((key): [string, StoredItem] => [key, [key, '"before"', 1, null]]));
        const acknowledged = new Map(stored);
        const messages: (() => () => void)[] = [];
        const answers: (() => void)[] = [];
        const underWay: string[][] = [];
        let versions = 1;

        const run = (one: (typeof steps)[number]): void => {
          if (one.do === 'write') {
            const json = `"${messages.length}-${versions}"`;
            const writes = one.keys.map((key) => write(one.kind, key, one.kind === kinds.put ? json : ''));
            const flux = known.begin(writes);
            underWay.push(one.kind === kinds.check ? [] : one.keys);
            messages.push(() => {
              const version = one.fails ? undefined : ++versions;
              const change = (items: Map<string, StoredItem>): void => {
                for (const { kind, key } of version === undefined ? [] : writes) {
                  if (kind === kinds.put) {
                    items.set(key, [key, json, version as number, null]);
                  } else if (kind === kinds.remove) {
                    items.delete(key);
                  }
                }
              };
              change(stored);
              return () => {
                change(acknowledged);
                underWay.shift();
                known.end(writes, flux, version);
              };
            });
          } else if (one.do === 'look up') {
            messages.push(() => {
              const item = stored.get(one.key);
              return () => item && known.found(TABLE, item);
            });
          } else if (one.do === 'work') {
            const answer = messages.shift()?.();
            if (answer !== undefined) {
              answers.push(answer);
            }
          } else {
            answers.shift()?.();
          }
          for (const key of KEYS) {
            const item = known.find(TABLE, key);
            if (underWay.flat().includes(key)) {
              expect(item).toBeUndefined();
            } else if (item !== undefined) {
              // What a look-up has found may be newer than what was acknowledged, never older.
              const last = acknowledged.get(key) ?? null;
              expect([last, stored.get(key) ?? null]).toContainEqual(item);
              expect(item?.[2] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(last?.[2] ?? 0);
            }
          }
        };
        steps.forEach(run);
        while (messages.length > 0 || answers.length > 0) {
          run({ do: 'work' });
          run({ do: 'hear' });
        }
        expect(acknowledged).toStrictEqual(stored);
      },
    ),
    { numRuns: 2000 },
  );
});

test('what was written is known, and that something was removed; an item that has ended is none', () => {
  let now = 0;
  const known = createKnownItems([itemsAfter('z')], 1000, () => now);
  const first = [write(kinds.put, 'a', '1', 10), write(kinds.check, 'b')];
  const firstFlux = known.begin(first);
  expect(known.find(TABLE, 'a')).toBeUndefined();
  known.end(first, firstFlux, 7);
  expect(known.find(TABLE, 'a')).toStrictEqual(['a', '1', 7, 10]);
  expect(known.find(TABLE, 'b')).toBeUndefined();
  now = 10;
  expect(known.find(TABLE, 'a')).toBeNull();
  const second = [write(kinds.remove, 'b')];
  known.end(second, known.begin(second), 8);
  expect(known.find(TABLE, 'b')).toBeNull();
});

test('what was used last is kept within the capacity, the rest is forgotten', () => {
  const known = createKnownItems([itemsAfter('z')], 20_000, () => 0);
  const keys = Array.from({ length: 1000 }, (_, at) => `key ${at}`);
  for (const key of keys) {
    const writes = [write(kinds.put, key, 'x'.repeat(1000))];
    known.end(writes, known.begin(writes), 1);
    known.find(TABLE, 'key 0');
  }
  const kept = keys.filter((key) => known.find(TABLE, key) !== undefined);
  expect(kept).toContain('key 0');
  expect(kept).toContain('key 999');
  expect(kept.length).toBeLessThan(20);
  expect(kept.length).toBeGreaterThan(8);
});

test('of what a failed transaction would have written nothing is kept', async () => {
  const known = createKnownItems([itemsAfter('z')], 1_000_000, () => 0);
  const kept: WeakRef<object>[] = [];
  for (let at = 0; at < 1000; at++) {
    const writes = [write(kinds.put, `new ${at}`, '1')];
    const flux = known.begin(writes);
    kept.push(...flux.flatMap((one) => (one === undefined ? [] : [new WeakRef(one)])));
    known.end(writes, flux, undefined);
  }
  expect(kept).toHaveLength(1000);
  // References that were just made hold until the end of the turn.
  await new Promise(setImmediate);
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  expect(kept.filter((one) => one.deref() !== undefined).length).toBeLessThan(10);
  expect(known.find(TABLE, 'new 0')).toBeUndefined();
});

test('what comes after all that is in the file, and after all that was forgotten, is known not to exist', () => {
  const known = createKnownItems([itemsAfter('key 500')], 20_000, () => 0);
  expect(known.find(TABLE, 'key 499')).toBeUndefined();
  expect(known.find(TABLE, 'key 500')).toBeUndefined();
  expect(known.find(TABLE, 'key 501')).toBeNull();
  for (let at = 501; at < 900; at++) {
    const writes = [write(kinds.put, `key ${at}`, 'x'.repeat(1000))];
    const flux = known.begin(writes);
    expect(known.find(TABLE, `key ${at}`)).toBeUndefined();
    known.end(writes, flux, 1);
    expect(known.find(TABLE, `key ${at + 1}`)).toBeNull();
  }
  // Most of them are forgotten by now.
  for (let at = 501; at < 900; at++) {
    expect(known.find(TABLE, `key ${at}`)).not.toBeNull();
  }
});

test('a transaction of unknown end leaves no trace from which its item would seem not to exist', () => {
  const known = createKnownItems([itemsAfter('')], 1_000_000, () => 0);
  const writes = [write(kinds.put, 'b', '1')];
  known.end(writes, known.begin(writes), undefined);
  expect(known.find(TABLE, 'b')).toBeUndefined();
  expect(known.find(TABLE, 'c')).toBeNull();
});

test('an item that is seldom read is remembered once it is written again', () => {
  const known = createKnownItems([itemsAfter('', true)], 1_000_000, () => 0);
  const first = [write(kinds.put, 'a', '1')];
  expect(known.find(TABLE, 'a')).toBeNull();
  known.end(first, known.begin(first), 1);
  expect(known.find(TABLE, 'a')).toBeUndefined();
  const again = [write(kinds.put, 'a', '2')];
  known.end(again, known.begin(again), 2);
  expect(known.find(TABLE, 'a')).toStrictEqual(['a', '2', 2, null]);
  expect(known.find(TABLE, 'b')).toBeNull();
});

test('of a short-lived table it is known what there is not', () => {
  const known = createKnownItems([{ kind: 'keys', keys: createKeyFilter(0, () => 5) }], 1000, () => 5);
  expect(known.find(TABLE, 'a')).toBeNull();
  const writes = [write(kinds.put, 'a', '1', 10)];
  const flux = known.begin(writes);
  expect(known.find(TABLE, 'a')).toBeUndefined();
  known.end(writes, flux, 7);
  known.found(TABLE, ['a', '1', 7, 10]);
  expect(known.find(TABLE, 'a')).toBeUndefined();
  expect(known.find(TABLE, 'b')).toBeNull();
});
