import { expect, test } from 'vitest';
import { SendQueue } from './send-queue.ts';

test('a short piece of something large does not keep that alive', () => {
  const slab = Buffer.alloc(65_536, 'x');
  const queue = new SendQueue();
  const short = slab.subarray(100, 100 + 16_383);
  queue.add(short);
  expect(queue.bytes).toBe(16_383);
  expect(queue.piece).toEqual(new Uint8Array(short));
  expect(queue.piece?.buffer.byteLength).toBeLessThan(65_536);
});

test('a piece that is a quarter of its memory is not copied', () => {
  const quarter = new Uint8Array(1000).subarray(0, 250);
  const queue = new SendQueue();
  queue.add(quarter);
  expect(queue.piece).toBe(quarter);
});
