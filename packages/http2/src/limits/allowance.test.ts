import { expect, test } from 'vitest';
import { Allowance } from './allowance.ts';

/** How many can be taken at once. */
function takeAll(allowance: Allowance): number {
  let count = 0;
  while (allowance.take()) {
    count += 1;
  }
  return count;
}

test('so many at once, and so many a second', () => {
  let now = 0;
  const allowance = new Allowance(10, 4, () => now);
  expect(takeAll(allowance)).toBe(10);
  now += 249;
  expect(takeAll(allowance)).toBe(0);
  now += 1;
  expect(takeAll(allowance)).toBe(1);
  now += 1000;
  expect(takeAll(allowance)).toBe(4);
  now += 1_000_000;
  expect(takeAll(allowance)).toBe(10);
});

test('what is earned is no more than the burst', () => {
  const allowance = new Allowance(3, 1, () => 0);
  allowance.earn(100);
  expect(takeAll(allowance)).toBe(3);
  allowance.earn(2);
  expect(takeAll(allowance)).toBe(2);
});
