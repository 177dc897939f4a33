import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerGets, type FoundItem, packGets, unpackItems } from './packed-gets.ts';

const text = fc.string({ unit: 'binary', maxLength: 6 });
const found = fc.option(fc.tuple(text, fc.integer({ min: 1 }), fc.option(fc.integer({ min: 1 }))), {
  nil: undefined,
});
const lookUp = fc.record({
  table: fc.nat(20),
  keys: fc.array(fc.record({ key: text, item: found }, { noNullPrototype: true }), { maxLength: 5 }),
});

test('every look-up gets what was found for its own keys, in their order', () => {
  fc.assert(
    fc.property(fc.array(lookUp, { maxLength: 6 }), (lookUps) => {
      const gets = lookUps.map(({ table, keys }) => ({ table, keys: keys.map(({ key }) => key) }));
      const all = lookUps.flatMap(({ table, keys }) => keys.map((each) => ({ table, ...each })));
      const answered = answerGets(structuredClone(packGets(gets)), (table, key): FoundItem | undefined => {
        const expected = all.shift();
        expect({ table, key }).toStrictEqual({ table: expected?.table, key: expected?.key });
        return expected?.item;
      });
      expect(all).toStrictEqual([]);
      expect(unpackItems(gets, structuredClone(answered))).toStrictEqual(
        lookUps.map(({ keys }) => keys.map(({ key, item }) => item && [key, ...item])),
      );
    }),
  );
});
