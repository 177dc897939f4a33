import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHUNK_SIZE } from './place-entries.ts';
import { waitingRanks } from './waiting-ranks.ts';

test('ranks are those of a sorted list, over words and chunks', () => {
  const sequence = fc.integer({ min: 1, max: 3 * CHUNK_SIZE });
  fc.assert(
    fc.property(fc.uniqueArray(sequence, { maxLength: 200 }), fc.array(fc.nat()), (added, removals) => {
      const ranks = waitingRanks();
      for (const each of added) {
        ranks.add(each);
      }
      const left = [...added].sort((a, b) => a - b);
      for (const pick of removals) {
        const [gone] = left.splice(pick % Math.max(1, left.length), 1);
        if (gone !== undefined) {
          ranks.remove(gone);
        }
      }
      expect(ranks.count()).toBe(left.length);
      left.forEach((each, index) => {
        expect(ranks.rankOf(each)).toBe(index + 1);
        expect(ranks.numberOf(index + 1)).toBe(each);
      });
    }),
  );
});

test('every bit of a word and of a chunk counts', () => {
  const ranks = waitingRanks();
  for (let sequence = 1; sequence <= 2 * CHUNK_SIZE; sequence++) {
    ranks.add(sequence);
    expect(ranks.rankOf(sequence)).toBe(sequence);
  }
  for (let rank = 1; rank <= 2 * CHUNK_SIZE; rank++) {
    expect(ranks.numberOf(rank)).toBe(rank);
  }
});
