import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conditions, kinds, type PackedWrite, pack, unpack } from './packed.ts';
import type { Place } from './place.ts';

const indexCounts = [0, 1, 3];
const text = fc.string({ unit: 'binary', maxLength: 8 });

const entry = fc.oneof(
  fc.constant([null, null] as const),
  fc.tuple(text, fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.tuple(text, text),
);

const write: fc.Arbitrary<PackedWrite> = fc.nat(indexCounts.length - 1).chain((table) => {
  const base = {
    table: fc.constant(table),
    key: text,
    condition: fc.oneof(fc.constantFrom(...Object.values(conditions)), fc.integer({ min: 1 })),
  };
  const indexes = indexCounts[table] ?? 0;
  return fc.oneof(
    fc.record(
      {
        ...base,
        kind: fc.constant(kinds.put),
        json: text,
        expiresAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.maxSafeInteger()),
        place: fc
          .array(entry, { minLength: indexes, maxLength: indexes })
          .map((entries): Place => entries.flatMap((each): Place => [...each])),
      },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        ...base,
        kind: fc.constantFrom(kinds.remove, kinds.check),
        json: fc.constant(''),
        expiresAt: fc.constant(Number.POSITIVE_INFINITY),
        place: fc.constant<Place>([]),
      },
      { noNullPrototype: true },
    ),
  );
});

test('what is packed is unpacked as it was', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(write, { minLength: 1, maxLength: 5 }), { maxLength: 5 }),
      (transactions) => {
        const sent = structuredClone(pack(transactions));
        expect(unpack(sent, indexCounts)).toStrictEqual(transactions);
      },
    ),
  );
});
