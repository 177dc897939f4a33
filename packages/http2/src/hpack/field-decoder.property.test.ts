import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FieldDecoder } from './field-decoder.ts';
import { HpackError } from './hpack-error.ts';
import { assembled, octets, parts } from './testdata/blocks.ts';
import { ReferenceDecoder, ReferenceError7541 } from './testdata/reference-decoder.ts';

const MAX_TABLE = 4096;

interface Outcome {
  readonly fields: readonly string[];
  readonly isTooLarge: boolean;
}

/** What a decoder makes of a block; undefined: an error, after which it is not asked again. */
function outcome(decoder: FieldDecoder, block: Buffer): Outcome | undefined {
  try {
    const { fields, isTooLarge } = decoder.decode(block, 0, block.length);
    return { fields, isTooLarge };
  } catch (error) {
    expect(error).toBeInstanceOf(HpackError);
    return undefined;
  }
}

function expected(reference: ReferenceDecoder, block: Buffer): Outcome | undefined {
  try {
    return reference.decode(block);
  } catch (error) {
    expect(error).toBeInstanceOf(ReferenceError7541);
    return undefined;
  }
}

/** What a peer sends in turn: some blocks several times, between others. */
const sequences = fc
  .tuple(fc.array(parts, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(), { maxLength: 20 }))
  .map(([blocks, order]) => order.map((at) => assembled(blocks[at % blocks.length] ?? [])));

const limits = fc.constantFrom(200, 1000, 100_000);

/** One octet that is another one, or cut off, or put in. */
const mutations = fc.array(
  fc.tuple(fc.constantFrom('set', 'cut', 'insert'), fc.nat(), fc.integer({ min: 0, max: 255 })),
  { maxLength: 3 },
);

function mutated(block: Buffer, changes: readonly (readonly [string, number, number])[]): Buffer {
  const result = [...block];
  for (const [kind, at, octet] of changes) {
    const index = at % (result.length + 1);
    if (kind === 'cut') {
      result.splice(index);
    } else {
      result.splice(index, kind === 'set' ? 1 : 0, octet);
    }
  }
  return Buffer.from(result);
}

test('decodes what a plain decoder decodes, and refuses what it refuses, also what repeats', () => {
  fc.assert(
    fc.property(sequences, limits, (blocks, maxListBytes) => {
      const decoder = new FieldDecoder({ maxTableBytes: MAX_TABLE, maxListBytes });
      const forgetful = new FieldDecoder({ maxTableBytes: MAX_TABLE, maxListBytes, isMemoized: false });
      const reference = new ReferenceDecoder(MAX_TABLE, maxListBytes);
      for (const block of blocks) {
        const right = expected(reference, block);
        expect(outcome(decoder, block)).toEqual(right);
        expect(outcome(forgetful, block)).toEqual(right);
        if (right === undefined) {
          return;
        }
        expect(decoder.tableBytes).toBe(reference.tableBytes);
        expect(decoder.tableBytes).toBeLessThanOrEqual(MAX_TABLE);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a block with any defect is decoded, or refused with an HpackError, as the plain decoder does', () => {
  fc.assert(
    fc.property(sequences, mutations, (blocks, changes) => {
      const decoder = new FieldDecoder({ maxTableBytes: MAX_TABLE, maxListBytes: 1000 });
      const reference = new ReferenceDecoder(MAX_TABLE, 1000);
      for (const block of blocks) {
        const wrong = mutated(block, changes);
        const right = expected(reference, wrong);
        expect(outcome(decoder, wrong)).toEqual(right);
        if (right === undefined) {
          return;
        }
        expect(decoder.tableBytes).toBe(reference.tableBytes);
      }
    }),
    { numRuns: 2000 },
  );
});

/** What is another field each time, mostly one that leaves the table as it is. */
const rest = fc.oneof(
  {
    weight: 5,
    arbitrary: octets.map((value) => [
      { kind: 'literal', flags: 0x00, name: 'x', value, huffman: 'no' } as const,
    ]),
  },
  { weight: 1, arbitrary: parts },
);

/** Requests that begin with the same indexes, or some of them. */
const requests = fc
  .tuple(
    parts,
    fc.array(fc.integer({ min: 1, max: 63 }), { minLength: 3, maxLength: 6 }),
    fc.array(fc.tuple(rest, fc.constantFrom(0, 0, 0, 1)), { minLength: 4, maxLength: 12 }),
  )
  .map(([first, lead, rests]) => [
    assembled(first),
    ...rests.map(([own, cut]) =>
      assembled([...lead.slice(cut).map((index) => ({ kind: 'indexed', index }) as const), ...own]),
    ),
  ]);

test('blocks that begin alike are decoded as if each were alone', () => {
  let shared = 0;
  fc.assert(
    fc.property(requests, limits, (blocks, maxListBytes) => {
      const decoder = new FieldDecoder({ maxTableBytes: MAX_TABLE, maxListBytes });
      const reference = new ReferenceDecoder(MAX_TABLE, maxListBytes);
      for (const block of blocks) {
        const right = expected(reference, block);
        if (right === undefined) {
          expect(outcome(decoder, block)).toBeUndefined();
          return;
        }
        const { fields, bytes, isTooLarge, lead } = decoder.decode(block, 0, block.length);
        expect({ fields, isTooLarge }).toEqual(right);
        expect(bytes).toBe(isTooLarge ? bytes : fields.join('').length + 16 * fields.length);
        if (lead !== undefined) {
          shared++;
          expect(fields.slice(0, lead.fields.length)).toEqual(lead.fields);
        }
      }
    }),
    { numRuns: 2000 },
  );
  expect(shared).toBeGreaterThan(100);
});
