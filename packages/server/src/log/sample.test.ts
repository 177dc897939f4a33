import { expect, test } from 'vitest';
import { createSample } from './sample.ts';

test('one in a second, with a count of those left out since', () => {
  let now = 0;
  const sample = createSample(() => now);
  const at = (milliseconds: number) => {
    now = milliseconds;
    return sample();
  };

  expect(at(5000)).toBe(0);
  expect([at(5000), at(5500), at(5999)]).toEqual([undefined, undefined, undefined]);
  expect(at(6000)).toBe(3);
  expect(at(6999)).toBeUndefined();
  expect(at(90_000)).toBe(1);
  expect(at(91_000)).toBe(0);
});
