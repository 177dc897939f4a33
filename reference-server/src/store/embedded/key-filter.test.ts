import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyFilter } from './key-filter.ts';

const key = (at: number): string => `key ${at} ${'x'.repeat(at % 40)}`;

test('no key of an item that has not ended is taken for absent', () => {
  const additions = fc.array(fc.record({ wait: fc.nat(50), keys: fc.nat(40_000), lives: fc.nat(300) }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(additions, (spans) => {
      let now = 0;
      let added = 0;
      const filter = createKeyFilter(0, () => now);
      const ends: number[] = [];
      for (const { wait, keys, lives } of spans) {
        now += wait;
        for (let more = 0; more < keys; more++) {
          ends[added] = now + lives;
          filter.add(key(added++), now + lives);
        }
        const missed = ends.findIndex((end, at) => end > now && !filter.mayHave(key(at)));
        expect(missed).toBe(-1);
      }
    }),
    { numRuns: 15 },
  );
});

test('few absent keys are taken for ones that may exist, however many were added', () => {
  const filter = createKeyFilter(0, () => 0);
  for (let at = 0; at < 400_000; at++) {
    filter.add(key(at), 1);
  }
  const wrong = Array.from({ length: 20_000 }, (_, at) => `another ${at}`).filter(filter.mayHave);
  expect(wrong.length).toBeLessThan(600);
});

test('what has ended is forgotten, a generation at a time', () => {
  let now = 0;
  const filter = createKeyFilter(0, () => now);
  const first = Array.from({ length: 1 << 14 }, (_, at) => key(at));
  for (const each of first) {
    filter.add(each, 10);
  }
  expect(first.every(filter.mayHave)).toBe(true);
  now = 10;
  filter.add('later', 20);
  expect(first.filter(filter.mayHave).length).toBeLessThan(100);
  expect(filter.mayHave('later')).toBe(true);
});

test('until it is complete any key may exist', () => {
  let now = 99;
  const filter = createKeyFilter(100, () => now);
  expect(filter.mayHave('a')).toBe(true);
  now = 100;
  expect(filter.mayHave('a')).toBe(false);
});
