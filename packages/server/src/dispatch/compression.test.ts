import { expect, test } from 'vitest';
import { answerCompression } from './compression.ts';

test.each([
  ['gzip', 'gzip'],
  ['br, gzip', 'br'],
  ['identity,deflate,gzip', 'gzip'],
  ['gzip;q=0.1, br;q=1', 'br'],
  ['gzip;q=0.1, br;q=0.1', 'gzip'],
  ['br;q=0.5, gzip', 'gzip'],
  ['gzip; Q=0.2,br;q=0.3', 'br'],
  ['gzip;q=0', undefined],
  ['gzip;q=0.000, br;q=0', undefined],
  ['*', 'gzip'],
  ['gzip;q=0, *', 'br'],
  ['br, *;q=0', 'br'],
  ['*;q=0', undefined],
  ['deflate, *;q=0.5', 'gzip'],
  ['identity;q=1, gzip;q=0.5', undefined],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ['identity, *;q=0', undefined],
  ['deflate', undefined],
  ['identity', undefined],
])('of %s the answer takes %s', (accepted, name) => {
  expect(answerCompression(accepted, undefined)?.name).toBe(name);
});
