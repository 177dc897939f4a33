import { isDeepStrictEqual } from 'node:util';
import { FieldDecoder, HpackError } from '../hpack/index.ts';
import { demand } from './handler.ts';
import { anyBlock } from './header-blocks.ts';
import { mutated } from './mutate.ts';
import type { Random } from './random.ts';

const MAX_TABLE = 4096;

/**
 * Has two decoders decode the header blocks of a connection, one of which remembers what repeats: they agree, and refuse
 * blocks with nothing but an `HpackError`.
 *
 * @returns how many blocks were decoded or refused
 */
export function fuzzBlocks(random: Random): number {
  const limits = { maxTableBytes: MAX_TABLE, maxListBytes: random.pick([100, 1000, 16_384]) };
  const decoder = new FieldDecoder(limits);
  const plain = new FieldDecoder({ ...limits, isMemoized: false });
  const disorder = random.pick([0, 0.02, 0.2]);
  const blocks = Array.from({ length: 1 + random.below(12) }, () => anyBlock(random, disorder));
  for (let count = 1; count <= 60; count++) {
    let block = random.pick(blocks);
    if (random.happens(disorder / 4)) {
      block = mutated(block, random);
    }
    const result = outcome(decoder, block);
    demand(isDeepStrictEqual(result, outcome(plain, block)), 'what is remembered means what is decoded');
    if (result === undefined) {
      return count;
    }
    demand(decoder.tableBytes === plain.tableBytes, 'both have the same table');
    demand(decoder.tableBytes <= MAX_TABLE, 'the table is no larger than allowed');
  }
  return 60;
}

function outcome(decoder: FieldDecoder, block: Buffer): unknown {
  try {
    const { fields, bytes, isTooLarge } = decoder.decode(block, 0, block.length);
    return { fields, bytes, isTooLarge };
  } catch (error) {
    if (error instanceof HpackError) {
      return undefined;
    }
    throw error;
  }
}
