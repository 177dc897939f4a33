import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buyerIndex } from './buyer-index.ts';
import { type BuyerKey, buyerKey } from './buyer-key.ts';
import { KEY_WORDS, placeEntries, slotOf } from './place-entries.ts';

// Few different words, so that tables are full of keys that want the same slot.
const key = fc
  .tuple(fc.constantFrom(0, 1, 15, 16, 0xffffffff), fc.nat(1), fc.nat(20), fc.nat(1))
  .map((words): BuyerKey => Uint32Array.from(words));

test('finds what a map finds, with collisions, growth and removals', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 300 }), (steps) => {
      const entries = placeEntries();
      const index = buyerIndex(entries);
      const expected = new Map<string, number>();
      let sequence = 0;
      for (const [buyer, remove] of steps) {
        const found = expected.get(buyer.join());
        expect(index.find(buyer)).toBe(found);
        if (found === undefined) {
          sequence++;
          entries.open(sequence).buyer.set(buyer, slotOf(sequence) * KEY_WORDS);
          index.add(sequence);
          expected.set(buyer.join(), sequence);
        } else if (remove) {
          index.remove(found);
          expected.delete(buyer.join());
        }
      }
      for (const [words, found] of expected) {
        expect(index.find(Uint32Array.from(words.split(','), Number))).toBe(found);
      }
    }),
  );
});

test('thousands of real ids are told apart, and gone when they are removed', () => {
  const entries = placeEntries();
  const index = buyerIndex(entries);
  const keys = Array.from({ length: 5_000 }, (_, number) => buyerKey(`auth0|user-${number}`));
  keys.forEach((each, number) => {
    entries.open(number + 1).buyer.set(each, slotOf(number + 1) * KEY_WORDS);
    index.add(number + 1);
  });
  expect(keys.map((each) => index.find(each))).toEqual(keys.map((_, number) => number + 1));
  expect(index.find(buyerKey('auth0|user-5000'))).toBeUndefined();
  keys.forEach((_, number) => {
    index.remove(number + 1);
  });
  expect(keys.every((each) => index.find(each) === undefined)).toBe(true);
});
