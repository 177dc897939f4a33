import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createForgottenKeys } from './forgotten-keys.ts';
import { createForgottenShortLived } from './forgotten-short-lived.ts';
import { createForgottenUnsorted } from './forgotten-unsorted.ts';

const NEVER = Number.NEGATIVE_INFINITY;

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

test.each([
  ['in order', createForgottenKeys],
  ['in no order', createForgottenUnsorted],
  ['in no order, few of them', (lastStored: string) => createForgottenUnsorted(lastStored, 5)],
])('a key that was in the file, or was forgotten, may always have an item: keys %s', (_, create) => {
  const part = fc.string({ unit: 'binary', minLength: 1 });
  const key = fc.oneof(
    part,
    fc.tuple(fc.constantFrom('a/', 'a/b/', 'c/', '//', '/'), part).map(([line, own]) => line + own),
  );
  fc.assert(
    fc.property(fc.array(key), fc.array(key), (stored, forgotten) => {
      const keys = create(stored.toSorted(bytewise).at(-1) ?? '');
      forgotten.forEach(keys.add);
      expect([...stored, ...forgotten].filter((one) => !keys.mayHave(one))).toStrictEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test('a key that sorts after all of them has none', () => {
  const keys = createForgottenKeys('b');
  keys.add('a');
  expect(keys.mayHave('b1')).toBe(false);
  keys.add('c');
  expect(keys.mayHave('b1')).toBe(true);
  expect(keys.mayHave('c')).toBe(true);
  expect(keys.mayHave('c0')).toBe(false);
});

test('keys that begin in another way have a mark of their own, as long as there are not too many', () => {
  const keys = createForgottenKeys('');
  keys.add('b/5');
  expect(keys.mayHave('b/5')).toBe(true);
  expect(keys.mayHave('b/6')).toBe(false);
  expect(keys.mayHave('a/1')).toBe(false);
  keys.add('a/1');
  expect(keys.mayHave('a/1')).toBe(true);
  expect(keys.mayHave('a/2')).toBe(false);
  const many = Array.from({ length: 1000 }, (_, at) => `c${at}/1`);
  many.forEach(keys.add);
  expect(['a/1', 'b/5', ...many].every(keys.mayHave)).toBe(true);
  expect(keys.mayHave('a/2')).toBe(true);
  expect(keys.mayHave('d/1')).toBe(false);
});

test('keys in no order are remembered one by one, as long as there are not too many', () => {
  const keys = createForgottenUnsorted('sat', 50_000);
  const key = (at: number): string => `show/${at} ${'x'.repeat(at % 40)}`;
  for (let at = 0; at < 50_000; at++) {
    keys.add(key(at));
  }
  const wrong = Array.from({ length: 20_000 }, (_, at) => key(100_000 + at)).filter(keys.mayHave);
  expect(wrong.length).toBeLessThan(600);
  expect(keys.mayHave('a')).toBe(true);
  // What was there before takes no room.
  for (let at = 0; at < 2_000; at++) {
    keys.add(`sa${at}`);
    keys.add(key(at));
  }
  expect(keys.mayHave('show/new')).toBe(false);
  for (let at = 50_000; at < 52_000; at++) {
    keys.add(key(at));
  }
  expect(keys.mayHave('show/new')).toBe(true);
});

test('keys of items that end are remembered until these have been deleted', () => {
  const keys = createForgottenShortLived(NEVER);
  const key = (at: number): string => `key ${at} ${'x'.repeat(at % 40)}`;
  const MANY = 40_000;
  const all = (from: number): string[] => Array.from({ length: MANY }, (_, at) => key(from + at));
  for (const [from, end] of [
    [0, 100],
    [MANY, 200],
  ] as const) {
    for (const one of all(from)) {
      keys.add(one, end);
    }
  }
  expect([...all(0), ...all(MANY)].every(keys.mayHave)).toBe(true);
  keys.deleted?.(150);
  for (const one of all(2 * MANY)) {
    keys.add(one, 300);
  }
  expect(all(0).slice(0, 10_000).filter(keys.mayHave).length).toBeLessThan(300);
  expect([...all(MANY), ...all(2 * MANY)].every(keys.mayHave)).toBe(true);
});

test('what ends before the time up to which all was deleted was written by a clock that has gone back, and stays', () => {
  const keys = createForgottenShortLived(NEVER);
  keys.deleted?.(1_000);
  const late = Array.from({ length: 20_000 }, (_, at) => `late ${at}`);
  for (const [at, key] of late.entries()) {
    keys.add(key, at % 2 === 0 ? 500 : 1_000);
  }
  for (let at = 0; at < 50_000; at++) {
    keys.add(`other ${at}`, 2_000);
  }
  expect(late.every(keys.mayHave)).toBe(true);
  expect(keys.mayHave('none')).toBe(false);
  keys.deleted?.(600);
  expect(late.filter(keys.mayHave).length).toBeLessThan(10_400);
  expect(late.every((key, at) => at % 2 === 0 || keys.mayHave(key))).toBe(true);
  keys.deleted?.(1_000);
  expect(late.filter(keys.mayHave).length).toBeLessThan(400);
});

test('until the items that were in the file have been deleted, every key may have one', () => {
  const keys = createForgottenShortLived(50);
  expect(keys.mayHave('a')).toBe(true);
  keys.deleted?.(49);
  expect(keys.mayHave('a')).toBe(true);
  keys.deleted?.(50);
  expect(keys.mayHave('a')).toBe(false);
  const [early, none] = [createForgottenShortLived(0), createForgottenShortLived(NEVER)];
  expect([early.mayHave('a'), none.mayHave('a')]).toStrictEqual([true, false]);
});

test('in an empty table no key has an item', () => {
  expect(createForgottenShortLived(NEVER).mayHave('a')).toBe(false);
  expect(createForgottenKeys('').mayHave('a')).toBe(false);
  expect(createForgottenUnsorted('').mayHave('a')).toBe(false);
});

test('where bytes sort in another way than the units of a string, every key may have an item', () => {
  // By bytes the first of the two comes last, by units the second.
  const [last, other] = ['\u{10000}', '\uffff'];
  expect(bytewise(last, other)).toBeGreaterThan(0);
  expect(createForgottenKeys(last).mayHave(other)).toBe(true);
  expect(createForgottenUnsorted(last).mayHave(other)).toBe(true);
});
