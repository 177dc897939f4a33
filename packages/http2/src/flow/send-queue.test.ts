import { expect, test } from 'vitest';
import { SendQueue } from './send-queue.ts';

test('a short piece of something large does not keep that alive', () => {
  const slab = Buffer.alloc(65_536, 'x');
  const queue = new SendQueue();
  queue.add(slab.subarray(100, 200));
  expect(queue.bytes).toBe(100);
  expect(queue.piece).toEqual(new Uint8Array(slab.subarray(100, 200)));
  expect(queue.piece?.buffer.byteLength).toBeLessThanOrEqual(400);
});

test('a piece that is most of its memory is not copied', () => {
  const whole = new Uint8Array(1000);
  const queue = new SendQueue();
  queue.add(whole);
  expect(queue.piece).toBe(whole);
});
