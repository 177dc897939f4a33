import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const of = (value: string) => retryAfterMs(new Headers({ 'retry-after': value }));

test('reads seconds and dates', () => {
  expect(of('2')).toBe(2_000);
  expect(of('0.25')).toBe(250);
  expect(of(' 0 ')).toBe(0);
  const inAMinute = of(new Date(Date.now() + 60_000).toUTCString());
  expect(inAMinute).toBeGreaterThan(50_000);
  expect(inAMinute).toBeLessThanOrEqual(60_000);
  expect(of('Wed, 21 Oct 2015 07:28:00 GMT')).toBe(0);
});

test('takes everything else for absent', () => {
  expect(retryAfterMs(new Headers())).toBeUndefined();
  expect(['', 'soon', '-1', '1e9', 'Infinity', '2 s', 'soon GMT'].map(of)).toEqual(Array(7).fill(undefined));
});
