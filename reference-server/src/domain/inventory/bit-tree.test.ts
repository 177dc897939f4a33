import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitTree } from './bit-tree.ts';

test('the first position with a bit is the one that a plain search finds', () => {
  const size = 37;
  const step = fc.record({
    at: fc.nat(size - 1),
    bits: fc.nat(15),
    wanted: fc.integer({ min: 1, max: 15 }),
    from: fc.nat(size + 2),
    to: fc.nat(size),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const tree = bitTree(size);
      const plain = new Array<number>(size).fill(0);
      for (const { at, bits, wanted, from, to } of steps) {
        tree.set(at, bits);
        plain[at] = bits;
        const found = plain.findIndex((has, place) => place >= from && place < to && (has & wanted) !== 0);
        expect(tree.next(wanted, from, to)).toBe(found);
      }
    }),
  );
});
