import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fenwickTree } from './fenwick-tree.ts';

const change = fc.record({ slot: fc.nat(80), by: fc.integer({ min: 1, max: 9 }), grow: fc.nat(3) });

test('sums and ranks are those of a plain list of counts, however it grows', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 120 }), (changes) => {
      const tree = fenwickTree();
      const counts: number[] = [];
      for (const { slot, by, grow } of changes) {
        for (let times = 0; times < grow; times++) {
          tree.push();
          counts.push(0);
        }
        const current = counts[slot];
        if (current !== undefined) {
          const signed = by > 5 && current >= by ? -by : by;
          tree.add(slot, signed);
          counts[slot] = current + signed;
        }
      }
      expect(tree.length()).toBe(counts.length);
      let sum = 0;
      counts.forEach((count, slot) => {
        expect(tree.sumBefore(slot)).toBe(sum);
        for (let rank = sum + 1; rank <= sum + count; rank++) {
          expect(tree.slotOf(rank)).toBe(slot);
        }
        sum += count;
      });
      expect(tree.slotOf(sum + 1)).toBe(counts.length);
    }),
  );
});
