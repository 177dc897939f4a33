import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FieldDecoder } from './field-decoder.ts';
import { HpackError } from './hpack-error.ts';
import { assembled, parts } from './testdata/blocks.ts';
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
