import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createForgottenKeys } from './forgotten-keys.ts';

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

test('a key that was in the file, or was forgotten, may always have an item', () => {
  const part = fc.string({ unit: 'binary', minLength: 1 });
  const key = fc.oneof(
    part,
    fc.tuple(fc.constantFrom('a', 'a/b', 'c', '/', ''), part).map(([line, own]) => `${line}/${own}`),
  );
  fc.assert(
    fc.property(fc.array(key), fc.array(key), (stored, forgotten) => {
      const keys = createForgottenKeys(stored.toSorted(bytewise).at(-1) ?? '');
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

test('in an empty table no key has an item', () => {
  expect(createForgottenKeys('').mayHave('a')).toBe(false);
});

test('where bytes sort in another way than the units of a string, every key may have an item', () => {
  // By bytes the first of the two comes last, by units the second.
  const [last, other] = ['\u{10000}', '\uffff'];
  expect(bytewise(last, other)).toBeGreaterThan(0);
  expect(createForgottenKeys(last).mayHave(other)).toBe(true);
});
