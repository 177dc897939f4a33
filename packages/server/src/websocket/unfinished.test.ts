import fc from 'fast-check';
import { expect, test } from 'vitest';
import { followFrames } from './unfinished.ts';

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly isMasked: boolean;
  readonly length: number;
}

function encoded({ opcode, isLast, isMasked, length }: Frame): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const extended = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (extended.length === 2) {
    extended.writeUInt16BE(length);
  } else if (extended.length === 8) {
    extended.writeBigUInt64BE(BigInt(length));
  }
  const short = { 0: length, 2: 126, 8: 127 }[extended.length] ?? 0;
  const head = Buffer.from([(isLast ? 0x80 : 0) | opcode, mask | short]);
  return Buffer.concat([head, extended, Buffer.alloc(isMasked ? 4 : 0, 7), Buffer.alloc(length, 0xff)]);
}

const control = fc.record({
  opcode: fc.constantFrom(8, 9, 10),
  isLast: fc.constant(true),
  isMasked: fc.boolean(),
  length: fc.nat(125),
});
const data = fc.record({
  opcode: fc.constantFrom(0, 1, 2),
  isLast: fc.boolean(),
  isMasked: fc.boolean(),
  length: fc.oneof(fc.nat(130), fc.nat(70_000)),
});

test('however frames are cut, what counts is the message that is not complete, without what comes between', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(control, data), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 }),
      (frames, cuts) => {
        // What is due after every byte at which a frame ends.
        const due = new Map<number, number>();
        let [sent, unfinished] = [0, 0];
        const all = Buffer.concat(
          frames.map((frame) => {
            const bytes = encoded(frame);
            sent += bytes.length;
            if (frame.opcode < 8) {
              unfinished = frame.isLast ? 0 : unfinished + bytes.length;
            }
            due.set(sent, unfinished);
            return bytes;
          }),
        );
        const follow = followFrames();
        let last = 0;
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const bytes = all.subarray(at, at + (cuts[turn % cuts.length] ?? 1));
          at += bytes.length;
          const held = follow(bytes);
          const ends = [...due.keys()].filter((end) => end <= at);
          const end = ends.at(-1) ?? 0;
          expect(held).toBe((due.get(end) ?? 0) + at - end);
          last = held;
        }
        expect(last).toBe(all.length === 0 ? 0 : unfinished);
      },
    ),
  );
});
